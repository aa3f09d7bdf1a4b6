import { expect, it } from 'vitest';
import { type KeyId, parseKeyId } from '../../src/keys/key-id.ts';
import { type KeyMaterialId, parseKeyMaterialId } from '../../src/keys/key-material-id.ts';
import type { Uses } from '../../src/keys/uses.ts';
import { WaitingUses } from '../../src/keyring/waiting-uses.ts';

const keyId = parseKeyId('00112233-4455-6677-8899-aabbccddeeff')!;
const once: Uses = { encryptions: 1, decryptions: 0, plaintextBytes: 2, firstUsedAt: 3, lastUsedAt: 4 };
const twice: Uses = { ...once, encryptions: 2, plaintextBytes: 4 };

function idOf(number: number): KeyMaterialId {
  return parseKeyMaterialId(number.toString(16).padStart(64, '0'))!;
}

it('finds uses by key and by backing key', () => {
  const waiting = new WaitingUses(10, (id) => (id === idOf(3) ? undefined : keyId));
  for (const number of [1, 2, 3, 1]) waiting.add(idOf(number), once);
  expect(waiting.size).toBe(3);
  expect(waiting.ofKey(keyId)).toEqual([twice, once]);
  expect(waiting.ofMaterial(keyId, idOf(1))).toEqual(twice);
  expect(waiting.ofMaterial(keyId, idOf(3))).toBeUndefined();
});

it('takes out so many, and nothing twice', () => {
  const waiting = new WaitingUses(10, (id) => (id === idOf(3) ? undefined : keyId));
  for (const number of [1, 2, 3, 4]) waiting.add(idOf(number), once);
  const taken = [...waiting.takeOut(3), ...waiting.takeOut(3), ...waiting.takeOut(3)];
  expect(taken.map(([id]) => id).toSorted()).toEqual([1, 2, 3, 4].map(idOf));
  expect(waiting.size).toBe(0);
  expect(waiting.ofKey(keyId)).toEqual([]);
});

it('adds to an entry that is there when it is full, and loses others', () => {
  const waiting = new WaitingUses(2, () => keyId);
  for (const number of [1, 2, 3, 1]) waiting.add(idOf(number), once);
  expect(waiting.size).toBe(2);
  expect(waiting.ofMaterial(keyId, idOf(1))).toEqual(twice);
  expect(waiting.ofMaterial(keyId, idOf(3))).toBeUndefined();
});

it('does not lose a backing key whose owner becomes known meanwhile', () => {
  let owner: KeyId | undefined;
  const waiting = new WaitingUses(10, () => owner);
  waiting.add(idOf(1), once);
  owner = keyId;
  waiting.add(idOf(1), once);
  expect(waiting.ofKey(keyId)).toEqual([once]);
  expect(waiting.takeOut(10)).toHaveLength(2);
});
