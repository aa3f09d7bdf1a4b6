import { beforeEach, describe, expect, it } from 'vitest';
import { type KeyId, parseKeyId } from '../../src/keys/key-id.ts';
import { type KeyMaterialId, parseKeyMaterialId } from '../../src/keys/key-material-id.ts';
import { UseCounts } from '../../src/keyring/use-counts.ts';
import type { Store } from '../../src/storage/store.ts';
import { MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';
import { UseCounter } from '../fakes/use-counter.ts';
import { keyRow, materialRow } from '../storage/sample-rows.ts';
import { commitNow } from '../storage/store-content.ts';

const keyId = parseKeyId('00112233-4455-6677-8899-aabbccddeeff')!;
const otherKeyId = parseKeyId('11112233-4455-6677-8899-aabbccddeeff')!;
const owners = new Map<KeyMaterialId, KeyId>([
  [idOf(1), keyId],
  [idOf(2), keyId],
  [idOf(3), otherKeyId],
]);

function idOf(number: number): KeyMaterialId {
  return parseKeyMaterialId(number.toString(16).padStart(64, '0'))!;
}

const once = { encryptions: 1, decryptions: 0, plaintextBytes: 0 };

describe('the uses of a key', () => {
  let contents: MemoryContents;
  let faults: StoreFaults;
  let store: Store;
  let native: UseCounter;
  let uses: UseCounts;

  beforeEach(async () => {
    contents = new MemoryContents();
    faults = {};
    store = openMemoryStore({ contents, faults });
    native = new UseCounter();
    uses = new UseCounts({ native, store, materials: { ownerOf: (id) => owners.get(id) } });
    const materials = [...owners].map(([id, owner], index) => materialRow(owner, index + 1, { id }));
    await commitNow(store, { insert: [keyRow(keyId), keyRow(otherKeyId), ...materials] });
  });

  it('are none until there are some', async () => {
    await uses.flush();
    expect(await uses.ofKey(keyId)).toBeUndefined();
    expect(await uses.ofMaterials(keyId, [idOf(1)])).toEqual(new Map());
  });

  it('show at once, before and after a flush, and are counted once', async () => {
    native.count(idOf(1), { firstUsedAt: 10, lastUsedAt: 10 });
    native.count(idOf(2), { firstUsedAt: 20, lastUsedAt: 20 });
    native.count(idOf(3), { firstUsedAt: 30, lastUsedAt: 30 });
    const ofKey = { encryptions: 2, decryptions: 0, plaintextBytes: 0, firstUsedAt: 10, lastUsedAt: 20 };
    const ofMaterials = new Map([
      [idOf(1), { ...once, firstUsedAt: 10, lastUsedAt: 10 }],
      [idOf(2), { ...once, firstUsedAt: 20, lastUsedAt: 20 }],
    ]);
    for (const flush of [false, true, true]) {
      if (flush) await uses.flush();
      expect(await uses.ofKey(keyId)).toEqual(ofKey);
      expect(await uses.ofMaterials(keyId, [idOf(1), idOf(2)])).toEqual(ofMaterials);
    }
    expect(await store.sumUses(keyId)).toEqual(ofKey);
    native.count(idOf(1), { firstUsedAt: 40, lastUsedAt: 50 });
    expect(await uses.ofKey(keyId)).toEqual({ ...ofKey, encryptions: 3, lastUsedAt: 50 });
  });

  it('wait while the store takes none, and are read from where they wait', async () => {
    faults.before = failOn('addUses');
    for (let round = 1; round <= 3; round++) {
      native.count(idOf(1));
      await expect(uses.flush()).rejects.toMatchObject({ reason: 'KEY_UNAVAILABLE' });
      expect(uses.waiting).toBe(1);
      expect(await uses.ofKey(keyId)).toMatchObject({ encryptions: round });
    }
    faults.before = undefined;
    await uses.flush();
    expect(uses.waiting).toBe(0);
    expect(await store.sumUses(keyId)).toMatchObject({ encryptions: 3 });
  });

  it('may count twice after a lost answer, and never less than once', async () => {
    faults.after = failOn('addUses');
    native.count(idOf(1));
    await expect(uses.flush()).rejects.toMatchObject({ reason: 'KEY_UNAVAILABLE' });
    faults.after = undefined;
    await uses.flush();
    expect(await store.sumUses(keyId)).toMatchObject({ encryptions: 2 });
  });

  it('are never both in the store and waiting, nor in neither, while a flush runs', async () => {
    const barrier = Promise.withResolvers<void>();
    faults.before = (operation) => (operation === 'addUses' ? barrier.promise : undefined);
    native.count(idOf(1));
    const flushing = uses.flush();
    const read = uses.ofKey(keyId);
    native.count(idOf(1));
    barrier.resolve();
    expect(await read).toMatchObject({ encryptions: 2 });
    await flushing;
    expect(await uses.ofKey(keyId)).toMatchObject({ encryptions: 2 });
  });

  it('answer KEY_UNAVAILABLE when the store cannot be read', async () => {
    faults.before = failOn('sumUses');
    await expect(uses.ofKey(keyId)).rejects.toMatchObject({ reason: 'KEY_UNAVAILABLE' });
    faults.before = failOn('readUses');
    await expect(uses.ofMaterials(keyId, [idOf(1)])).rejects.toMatchObject({ reason: 'KEY_UNAVAILABLE' });
  });

  it('of more backing keys than one write takes are all written, each once', async () => {
    const ids = Array.from({ length: 1201 }, (_, index) => idOf(1000 + index));
    await commitNow(store, { insert: ids.map((id, index) => materialRow(keyId, 100 + index, { id })) });
    const writes: string[] = [];
    faults.before = (operation) => void writes.push(operation);
    for (const id of ids) native.count(id);
    await uses.flush();
    expect(writes).toEqual(Array.from({ length: 13 }, () => 'addUses'));
    expect(uses.waiting).toBe(0);
    expect(await store.sumUses(keyId)).toMatchObject({ encryptions: ids.length });
  });

  it('that a store does not take fill no more than so much memory, and known ones go on counting', async () => {
    faults.before = failOn('addUses');
    for (let number = 1; number <= 70_000; number++) native.count(idOf(number));
    await expect(uses.flush()).rejects.toMatchObject({ reason: 'KEY_UNAVAILABLE' });
    expect(uses.waiting).toBe(65_536);
    native.count(idOf(2));
    expect(await uses.ofKey(keyId)).toMatchObject({ encryptions: 3 });
    expect(uses.waiting).toBe(65_536);
  });

  it('that somebody edited in the store are shown as far as they can be', async () => {
    native.count(idOf(1));
    await uses.flush();
    const edited = { encryptions: -1, decryptions: 2 ** 70, plaintextBytes: 1, firstUsedAt: -5, lastUsedAt: 2 ** 62 };
    contents.uses.get(keyId)?.set(idOf(1), { keyMaterialId: idOf(1), ...edited });
    const shown = {
      encryptions: 0,
      decryptions: Number.MAX_SAFE_INTEGER,
      plaintextBytes: 1,
      firstUsedAt: 0,
      lastUsedAt: Date.parse('9999-12-31T23:59:59.999Z'),
    };
    expect(await uses.ofMaterials(keyId, [idOf(1)])).toEqual(new Map([[idOf(1), shown]]));
    expect(await uses.ofKey(keyId)).toMatchObject({ encryptions: 0, lastUsedAt: shown.lastUsedAt });
  });

  it('that were not flushed are lost with the process, and no others', async () => {
    native.count(idOf(1));
    await uses.flush();
    native.count(idOf(1));
    const restarted = new UseCounts({
      native: new UseCounter(),
      store: openMemoryStore({ contents }),
      materials: { ownerOf: (id) => owners.get(id) },
    });
    expect(await restarted.ofKey(keyId)).toMatchObject({ encryptions: 1 });
  });
});

function failOn(failing: string): (operation: string) => void {
  return (operation) => {
    if (operation === failing) throw new Error(`${operation} fails`);
  };
}
