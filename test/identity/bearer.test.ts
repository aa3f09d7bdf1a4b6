import { describe, expect, it } from 'vitest';
import { parseBearer } from '../../src/identity/bearer.ts';
import { unauthenticated } from '../../src/identity/unauthenticated.ts';

describe('authorization', () => {
  it('that is not there is nobody', () => {
    expect(parseBearer([])).toBeUndefined();
  });

  it('has one value: of several each part of a system could take another', () => {
    expect(() => parseBearer(['Bearer a.b.c', 'Bearer a.b.c'])).toThrow(unauthenticated().message);
  });

  it('has a bound', () => {
    const token = (length: number): string => `Bearer a.b.${'c'.repeat(length - 4)}`;
    expect(parseBearer([token(8192)])).toMatchObject({ kind: 'jwt' });
    expect(() => parseBearer([token(8193)])).toThrow(unauthenticated().message);
  });
});
