import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/storage/store.ts';
import { aliasRow, domainKeyRow, grantRow, importKeyRow, keyRow, markRow, materialRow, tombstoneRow } from './sample-rows.ts';
import type { CurrentStore } from './store-contract.ts';
import { commitNow, contentOf, noAccess, plain, plainRows } from './store-content.ts';

export function describeDeletions(current: CurrentStore): void {
  describe('deletion', () => {
    it('of a key takes the key, its aliases and its grants, and leaves its backing keys without their bytes', async () => {
      const store = current();
      await commitNow(store, { insert: rowsOf('a') });
      await commitNow(store, { deleteKeys: ['a'] });

      expect((await store.readKey('a')).value).toBeUndefined();
      for (const name of ['alias/1 of a', 'alias/2 of a']) expect((await store.readAlias(name)).value).toBeUndefined();
      const page = { after: undefined, limit: 10 };
      expect((await store.listAliases(page, 'a')).value).toEqual([]);
      expect((await store.listAliases(page)).value).toEqual([]);
      expect((await store.listGrants('a', page)).value).toEqual([]);
      expect((await store.readGrant('grant of a')).value).toBeUndefined();
      expect((await store.listKeysToLookAt(Number.MAX_SAFE_INTEGER, page)).value).toEqual([]);
      expect((await store.countKeys(0)).value).toEqual([]);
      const erased = [1, 2].map((sequence) => ({ ...materialRow('a', sequence), storedKey: new Uint8Array(0) }));
      expect(plainRows((await store.listMaterials('a', page)).value)).toEqual(plainRows(erased));
      for (const row of erased) expect(plain((await store.readMaterial(row.keyMaterialId)).value)).toEqual(plain(row));
    });

    it('of a key leaves every other row alone', async () => {
      const store = current();
      const others = ['A', 'ab', ''].flatMap(rowsOf);
      const rest = [domainKeyRow('a'), importKeyRow('a'), tombstoneRow('a'), markRow('time')];
      await commitNow(store, { insert: [...others, ...rest] });
      const { counter: _, ...before } = await contentOf(store, { keyIds: ['a'] });
      await commitNow(store, { insert: rowsOf('a') });
      await commitNow(store, { deleteKeys: ['a'] });

      const { counter, ...after } = await contentOf(store);
      expect(counter).toBe(3);
      expect({ ...after, perKey: after.perKey.filter(({ keyId }) => keyId !== 'a') }).toEqual({
        ...before,
        perKey: before.perKey.filter(({ keyId }) => keyId !== 'a'),
      });
      expect(plain((await store.readTombstone('a')).value)).toEqual(plain(tombstoneRow('a')));
    });

    it('of keys comes after the inserts and updates of the same change', async () => {
      const store = current();
      await commitNow(store, { insert: rowsOf('a') });
      await commitNow(store, {
        insert: [
          ...rowsOf('b'),
          materialRow('a', 3),
          aliasRow('alias/3 of a', 'a'),
          grantRow('2', { keyId: 'a' }),
          tombstoneRow('a'),
        ],
        update: [keyRow('a', { revision: 1 }), materialRow('a', 1, { revision: 1 })],
        deleteKeys: ['a', 'b'],
      });

      const { keys, aliases, perKey, access } = await contentOf(store, { keyIds: ['a', 'b'] });
      expect([keys, aliases, access]).toEqual([[], [], noAccess]);
      expect(perKey.map(({ materials }) => materials)).toMatchObject([
        [{ storedKey: '', record: plainRecord(materialRow('a', 1, { revision: 1 })) }, { storedKey: '' }, { storedKey: '' }],
        [{ storedKey: '' }, { storedKey: '' }],
      ]);
    });

    it('of an alias comes before that of its key', async () => {
      const store = current();
      await commitNow(store, { insert: rowsOf('a') });
      await commitNow(store, { deleteAliases: ['alias/1 of a'], deleteKeys: ['a', 'a'] });
      expect((await contentOf(store)).aliases).toEqual([]);
    });

    it('frees the name of an alias, and leaves the ids of backing keys taken', async () => {
      const store = current();
      await commitNow(store, { insert: rowsOf('a') });
      const counter = await commitNow(store, { deleteKeys: ['a'] });

      await expect(store.commit({ insert: [materialRow('a', 1)] }, { expectedCounter: counter })).rejects.toThrow(/exists|UNIQUE/);
      await commitNow(store, { insert: [aliasRow('alias/1 of a', 'b')] });
      expect((await store.readAlias('alias/1 of a')).value?.keyId).toBe('b');
    });

    it('of import keys takes those that are named', async () => {
      const store = current();
      await commitNow(store, { insert: [importKeyRow('a', 1), importKeyRow('A', 2), importKeyRow('b', 3), domainKeyRow('a')] });
      await commitNow(store, { insert: [importKeyRow('c', 4)], deleteImportKeys: ['a', 'b', 'c'] });

      expect(plainRows((await store.readImportKeys()).value)).toEqual([plain(importKeyRow('A', 2))]);
      expect((await store.readDomainKeys()).value).toHaveLength(1);
    });

    it('of what does not exist changes nothing', async () => {
      const store = current();
      await commitNow(store, { insert: [...rowsOf('a'), importKeyRow('a'), tombstoneRow('gone')] });
      const { counter: _, ...before } = await contentOf(store, { keyIds: ['gone'] });

      expect(await commitNow(store, { deleteKeys: ['none', 'gone'], deleteImportKeys: ['none'], deleteAliases: ['none'] })).toBe(2);
      expect(await contentOf(store, { keyIds: ['gone'] })).toEqual({ counter: 2, ...before });
    });
  });
}

function rowsOf(keyId: string): readonly Row[] {
  return [
    keyRow(keyId, { nextLookAt: 0 }),
    materialRow(keyId, 1),
    materialRow(keyId, 2),
    aliasRow(`alias/1 of ${keyId}`, keyId),
    aliasRow(`alias/2 of ${keyId}`, keyId),
    grantRow(`grant of ${keyId}`, { keyId, retiringId: 'bob', name: 'n' }),
  ];
}

function plainRecord({ record }: { readonly record: Uint8Array }): string {
  return Buffer.from(record).toString('hex');
}
