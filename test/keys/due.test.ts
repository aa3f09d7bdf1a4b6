import { expect, it } from 'vitest';
import { nextLookAt } from '../../src/keys/due.ts';
import { exampleKey } from './example-key.ts';

const day = 86_400_000;
const due = { at: 1, afterRunningMs: 1 };
const rotation = { periodDays: 90, countedFrom: 0 };
const deletion = { requestedAt: 0, date: 30 * day };

it.each([
  ['a key that nothing happens to', exampleKey(), undefined],
  ['a key that is rotated', exampleKey({ rotation }), 90 * day],
  ['a disabled key, which is not rotated', exampleKey({ rotation, disabled: true }), undefined],
  ['a key to be deleted, which is not rotated', exampleKey({ rotation, deletion: { ...deletion, date: 100 * day } }), 100 * day],
  ['a key to be deleted', exampleKey({ deletion }), 30 * day],
  ['material that expires', exampleKey({ imported: { missing: 0, expiresAt: 8 } }), 8],
  ['material that is pending rotation and expires', exampleKey({ imported: { missing: 0, expiresAt: 8, pendingExpiresAt: 5 } }), 5],
  ['material that does not expire', exampleKey({ imported: { missing: 1 } }), undefined],
  [
    'material that expires before the deletion, though disabled',
    exampleKey({ imported: { missing: 0, expiresAt: 8 }, deletion, disabled: true }),
    8,
  ],
  ['a rotation before an expiry', exampleKey({ rotation, imported: { missing: 0, expiresAt: 91 * day } }), 90 * day],
  ['a deletion that was seen to be due', exampleKey({ deletion: { ...deletion, due } }), 0],
  ['an expiry that was seen to be due', exampleKey({ imported: { missing: 0, expiresAt: 8, due } }), 0],
])('the next look is at the first date: %s', (_, key, expected) => {
  expect(nextLookAt(key)).toBe(expected);
});
