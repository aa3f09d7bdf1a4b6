import { describe, expect, it } from 'vitest';
import { newAlias, parseAliasName, refuseReserved, repointed } from '../../src/keys/alias.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { exampleKey } from './example-key.ts';

const aliasName = parseAliasName('alias/orders')!;

describe('aliases', () => {
  it.each([
    ['alias/aws/s3', true],
    ['alias/latchkey/console', true],
    ['alias/aws', false],
    ['alias/AWS/s3', false],
    ['alias/latchkeys', false],
  ])('%s is reserved: %s', (name, reserved) => {
    const refuse = () => refuseReserved(parseAliasName(name)!);
    if (reserved) expect(refuse).toThrow(expect.objectContaining({ reason: 'INVALID_ALIAS_NAME' }));
    else expect(refuse).not.toThrow();
  });

  it('are 50 per key at most', () => {
    const key = exampleKey();
    expect(newAlias(aliasName, key, 49, 3)).toEqual({ aliasName, keyId: key.keyId, createdAt: 3, updatedAt: 3 });
    expect(() => newAlias(aliasName, key, 50, 3)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }));
  });

  it('move to another key, if it has room', () => {
    const from = exampleKey();
    const to = exampleKey({ keyId: parseKeyId('ffffffff-4455-6677-8899-aabbccddeeff')! });
    const alias = newAlias(aliasName, from, 0, 3);
    expect(repointed(alias, to, 49, 9)).toEqual({ ...alias, keyId: to.keyId, updatedAt: 9 });
    expect(() => repointed(alias, to, 50, 9)).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }));
    expect(repointed(alias, from, 50, 9).keyId).toBe(from.keyId);
  });
});
