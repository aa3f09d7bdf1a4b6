import { expect, it } from 'vitest';
import { internals } from '../native/internals.ts';
import { xaes } from './published.ts';

it('makes the accumulated hash of 1 000 000 messages', () => {
  expect(internals.accumulatedXaes(1_000_000)).toBe(xaes.accumulated['1000000']);
});
