import { describe, expect, it } from 'vitest';
import { StoreConflict } from '../../src/storage/store.ts';
import { keyRow, materialId, materialRow, usesRow } from './sample-rows.ts';
import type { CurrentStore } from './store-contract.ts';
import { commitNow, valueAt } from './store-content.ts';

export function describeUses(current: CurrentStore): void {
  describe('uses', () => {
    const twoKeys = [keyRow('a'), materialRow('a', 1), materialRow('a', 2), keyRow('b'), materialRow('b', 1)];
    const idsOfA = [materialId('a', 1), materialId('a', 2)];

    it('are none at first', async () => {
      await commitNow(current(), { insert: twoKeys });
      expect(await current().sumUses('a')).toBeUndefined();
      expect(await current().sumUses('none')).toBeUndefined();
      expect(await current().readUses('a', idsOfA)).toEqual([]);
    });

    it('are read as they were added, by backing key and by key', async () => {
      const store = current();
      await commitNow(store, { insert: twoKeys });
      const first = usesRow('a', 1, { encryptions: 3, plaintextBytes: 30, firstUsedAt: 5, lastUsedAt: 9 });
      const second = usesRow('a', 2, { decryptions: 2, plaintextBytes: 8, firstUsedAt: 7, lastUsedAt: 12 });
      await store.addUses([first, usesRow('b', 1), second]);

      expect(await sorted(store.readUses('a', idsOfA))).toEqual([first, second].toSorted(byId));
      expect(await store.readUses('a', [materialId('a', 2), materialId('b', 1), 'none'])).toEqual([second]);
      expect(await store.readUses('a', [])).toEqual([]);
      expect(await store.sumUses('a')).toEqual({
        encryptions: 4,
        decryptions: 2,
        plaintextBytes: 38,
        firstUsedAt: 5,
        lastUsedAt: 12,
      });
      expect(await store.sumUses('b')).toMatchObject({ encryptions: 1 });
    });

    it('add up, while the time from first to last only widens', async () => {
      const store = current();
      await commitNow(store, { insert: twoKeys });
      await store.addUses([usesRow('a', 1, { firstUsedAt: 50, lastUsedAt: 60 })]);
      await store.addUses([usesRow('a', 1, { encryptions: 0, decryptions: 2, firstUsedAt: 55, lastUsedAt: 58 })]);
      await store.addUses([
        usesRow('a', 1, { firstUsedAt: 40, lastUsedAt: 45 }),
        usesRow('a', 1, { firstUsedAt: 70, lastUsedAt: 80 }),
      ]);
      const uses = { encryptions: 3, decryptions: 2, plaintextBytes: 4, firstUsedAt: 40, lastUsedAt: 80 };
      expect(await store.readUses('a', idsOfA)).toEqual([usesRow('a', 1, uses)]);
    });

    it('stop at the greatest number that is exact, also added up over backing keys', async () => {
      const store = current();
      await commitNow(store, { insert: twoKeys });
      const most = Number.MAX_SAFE_INTEGER;
      await store.addUses([usesRow('a', 1, { plaintextBytes: most - 1 }), usesRow('a', 2, { plaintextBytes: most })]);
      await store.addUses([usesRow('a', 1, { plaintextBytes: most })]);
      expect(await store.readUses('a', [materialId('a', 1)])).toMatchObject([{ encryptions: 2, plaintextBytes: most }]);
      expect(await store.sumUses('a')).toMatchObject({ encryptions: 3, plaintextBytes: most });
    });

    it('of what the store does not have are ignored, and the others added', async () => {
      const store = current();
      await commitNow(store, { insert: [...twoKeys, materialRow('keyless', 1)] });
      await store.addUses([usesRow('unknown', 1), usesRow('keyless', 1), usesRow('a', 1)]);
      expect(await store.sumUses('a')).toMatchObject({ encryptions: 1 });
      for (const keyId of ['unknown', 'keyless']) expect(await store.sumUses(keyId)).toBeUndefined();
    });

    it('move no counter and conflict with nothing', async () => {
      const store = current();
      const counter = await commitNow(store, { insert: twoKeys });
      const adding = store.addUses([usesRow('a', 1)]);
      const committing = store.commit({ update: [keyRow('a', { revision: 1 })] }, { expectedCounter: counter });
      await adding;
      expect(await committing).toBe(counter + 1);
      await store.addUses([usesRow('a', 1)]);
      await valueAt(counter + 1, store.readKey('a'));
      expect(await store.sumUses('a')).toMatchObject({ encryptions: 2 });
    });

    it('go with their key and do not come back, and stay when only bytes go', async () => {
      const store = current();
      await commitNow(store, { insert: twoKeys });
      await store.addUses([usesRow('a', 1), usesRow('a', 2), usesRow('b', 1)]);
      await commitNow(store, { update: [{ ...materialRow('b', 1), storedKey: new Uint8Array(0) }] });
      await commitNow(store, { deleteKeys: ['a'] });
      await store.addUses([usesRow('a', 1), usesRow('b', 1)]);
      expect(await store.sumUses('a')).toBeUndefined();
      expect(await store.readUses('a', idsOfA)).toEqual([]);
      expect(await store.sumUses('b')).toMatchObject({ encryptions: 2 });
    });

    it('of a key whose deletion fails stay', async () => {
      const store = current();
      const counter = await commitNow(store, { insert: twoKeys });
      await store.addUses([usesRow('a', 1)]);
      const failing = store.commit({ deleteKeys: ['a'] }, { expectedCounter: counter + 1 });
      await expect(failing).rejects.toThrow(StoreConflict);
      expect(await store.sumUses('a')).toMatchObject({ encryptions: 1 });
    });
  });
}

async function sorted<T extends { readonly keyMaterialId: string }>(rows: Promise<readonly T[]>): Promise<readonly T[]> {
  return (await rows).toSorted(byId);
}

function byId(a: { readonly keyMaterialId: string }, b: { readonly keyMaterialId: string }): number {
  return a.keyMaterialId < b.keyMaterialId ? -1 : 1;
}
