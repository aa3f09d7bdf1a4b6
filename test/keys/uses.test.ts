import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Uses, addedUses, sumOfUses } from '../../src/keys/uses.ts';

const number = fc.nat();
const uses: fc.Arbitrary<Uses> = fc.record({
  encryptions: number,
  decryptions: number,
  plaintextBytes: number,
  firstUsedAt: number,
  lastUsedAt: number,
});

it('adds counts, and widens the time from the first use to the last', () => {
  const morning = { encryptions: 1, decryptions: 2, plaintextBytes: 3, firstUsedAt: 10, lastUsedAt: 20 };
  const day = { encryptions: 10, decryptions: 20, plaintextBytes: 30, firstUsedAt: 15, lastUsedAt: 30 };
  const both = { encryptions: 11, decryptions: 22, plaintextBytes: 33, firstUsedAt: 10, lastUsedAt: 30 };
  expect(addedUses(morning, day)).toEqual(both);
  expect(sumOfUses([day, morning])).toEqual(both);
  expect(sumOfUses([day])).toEqual(day);
  expect(sumOfUses([])).toBeUndefined();
});

it('does not depend on the order, nor on what was added up before', () => {
  fc.assert(
    fc.property(fc.array(uses, { minLength: 1 }), fc.array(uses, { minLength: 1 }), (some, others) => {
      const together = sumOfUses([...others, ...some]);
      expect(sumOfUses([sumOfUses(some)!, sumOfUses(others)!])).toEqual(together);
    }),
  );
});
