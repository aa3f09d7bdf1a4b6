import { describe, expect, it } from 'vitest';
import { type KeyRow, type Store, maxMaterialsRead } from '../../src/storage/store.ts';
import {
  aliasRow,
  clientTokenRow,
  domainKeyRow,
  importKeyRow,
  keyRow,
  markRow,
  materialId,
  materialRow,
  tombstoneRow,
} from './sample-rows.ts';
import type { CurrentStore } from './store-contract.ts';
import { commitNow, plain, plainCounts, plainRows, valueAt } from './store-content.ts';

export function describeReads(current: CurrentStore): void {
  describe('reads', () => {
    it('answer nothing, at counter 0, from a new store', async () => {
      const page = { after: undefined, limit: 10 };
      const store = current();

      expect(store.version).toBeGreaterThanOrEqual(1);
      expect(await store.readDomainKeys()).toEqual({ counter: 0, value: [] });
      expect(await store.readKey('a')).toEqual({ counter: 0, value: undefined });
      expect(await store.readMaterial('a')).toEqual({ counter: 0, value: undefined });
      expect(await store.readAlias('alias/a')).toEqual({ counter: 0, value: undefined });
      expect(await store.readClientToken('CreateKey', 'a')).toEqual({ counter: 0, value: undefined });
      expect(await store.listKeys(page)).toEqual({ counter: 0, value: [] });
      expect(await store.listMaterials('a', page)).toEqual({ counter: 0, value: [] });
      expect(await store.listAliases(page)).toEqual({ counter: 0, value: [] });
      expect(await store.listAliases(page, 'a')).toEqual({ counter: 0, value: [] });
      expect(await store.readTombstone('a')).toEqual({ counter: 0, value: undefined });
      expect(await store.readMark('time')).toEqual({ counter: 0, value: undefined });
      expect(await store.readImportKeys()).toEqual({ counter: 0, value: [] });
      expect(await store.listKeysToLookAt(Number.MAX_SAFE_INTEGER, page)).toEqual({ counter: 0, value: [] });
      expect(await store.countKeys(0)).toEqual({ counter: 0, value: [] });
    });

    it('answer every field of every row as it was written', async () => {
      const store = current();
      const domainKeys = [domainKeyRow('0a', Number.MAX_SAFE_INTEGER), domainKeyRow('f0', 0)];
      const token = clientTokenRow('CreateKey', 't', { expiresAt: 1_790_000_000_123 });
      await commitNow(store, {
        insert: [...domainKeys, keyRow('a'), keyRow('b', { disabled: true }), materialRow('a', 7), aliasRow('alias/a', 'b'), token],
      });

      expect(plainRows(await valueAt(1, store.readDomainKeys()))).toEqual(plainRows(domainKeys));
      expect(plain(await valueAt(1, store.readKey('a')))).toEqual(plain(keyRow('a')));
      expect(plain(await valueAt(1, store.readKey('b')))).toEqual(plain(keyRow('b', { disabled: true })));
      expect(plain(await valueAt(1, store.readMaterial(materialId('a', 7))))).toEqual(plain(materialRow('a', 7)));
      expect(plain(await valueAt(1, store.readAlias('alias/a')))).toEqual(plain(aliasRow('alias/a', 'b')));
      expect(plain(await valueAt(1, store.readClientToken('CreateKey', 't')))).toEqual(plain(token));
    });

    it('answer many backing keys at once, and leave out those that are not there', async () => {
      const store = current();
      const rows = Array.from({ length: maxMaterialsRead - 1 }, (_, index) => materialRow('a', index + 1));
      await commitNow(store, { insert: [keyRow('a'), ...rows, materialRow('b', 1)] });
      const asked = [materialId('none', 1), ...rows.map((row) => row.keyMaterialId)];
      const found = await valueAt(1, store.readMaterials(asked));
      expect(plainRows(found.toSorted((a, b) => a.sequence - b.sequence))).toEqual(plainRows(rows));
      expect(await valueAt(1, store.readMaterials([materialId('none', 1), "'", '"]']))).toEqual([]);
      expect(await valueAt(1, store.readMaterials([]))).toEqual([]);
    });

    it('answer every field of what is kept beside keys and their names', async () => {
      const store = current();
      const rows = [importKeyRow('0a', 5), tombstoneRow('gone'), markRow('time'), markRow('insecure', 1)];
      const keys = [
        keyRow('flagged', { disabled: true, pendingDeletion: true, insecure: true }),
        keyRow('dated', { pendingImportAt: 1_790_000_000_123, nextLookAt: Number.MAX_SAFE_INTEGER }),
        keyRow('zero', { pendingImportAt: 0, nextLookAt: 0 }),
      ];
      await commitNow(store, { insert: [...rows, ...keys] });

      const read = [
        ...(await valueAt(1, store.readImportKeys())),
        await valueAt(1, store.readTombstone('gone')),
        await valueAt(1, store.readMark('time')),
        await valueAt(1, store.readMark('insecure')),
      ];
      expect(read.map(plain)).toEqual(plainRows(rows));
      for (const row of keys) expect(plain(await valueAt(1, store.readKey(row.keyId)))).toEqual(plain(row));
      expect(await valueAt(1, store.readTombstone('dated'))).toBeUndefined();
      expect(await valueAt(1, store.readKey('gone'))).toBeUndefined();
    });

    it('answer import keys in the order of their dates, whenever they were inserted', async () => {
      const store = current();
      const dates = { f0: 20, '0a': 300, '77': 1 };
      for (const [id, createdAt] of Object.entries(dates)) await commitNow(store, { insert: [importKeyRow(id, createdAt)] });
      expect((await valueAt(3, store.readImportKeys())).map((row) => row.id)).toEqual(['77', 'f0', '0a']);
    });

    it('answer domain keys in the order in which they were inserted', async () => {
      const store = current();
      for (const id of ['f0', '0a', '77']) await commitNow(store, { insert: [domainKeyRow(id, 1)] });
      expect((await store.readDomainKeys()).value).toMatchObject(['f0', '0a', '77'].map((id) => ({ id: domainKeyRow(id, 1).id })));
    });

    it('keep all 256 bytes, and no bytes at all, as they are', async () => {
      const store = current();
      const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
      const full: KeyRow = { ...keyRow('full'), record: everyByte };
      const empty: KeyRow = { ...keyRow('empty'), record: new Uint8Array(0) };
      const large: KeyRow = { ...keyRow('large'), record: new Uint8Array(300_000).fill(0xc3) };
      await commitNow(store, { insert: [full, empty, large] });

      for (const row of [full, empty, large]) expect(plain((await store.readKey(row.keyId)).value)).toEqual(plain(row));
    });

    it('tell apart names that differ in case, in trailing spaces or in how a character is composed', async () => {
      const names = ['alias/a', 'alias/A', 'alias/a ', ' alias/a', 'alias/\u00e9', 'alias/e\u0301', 'alias/%', 'alias/_', ''];
      await commitNow(current(), { insert: names.map((name, index) => aliasRow(name, `key ${index}`)) });

      const keyIds = await Promise.all(names.map(async (name) => (await current().readAlias(name)).value?.keyId));
      expect(keyIds).toEqual(names.map((_, index) => `key ${index}`));
      expect((await current().readAlias('ALIAS/A')).value).toBeUndefined();
    });

    it('take names that mean something to JavaScript or SQL for names', async () => {
      const names = [
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        '0',
        'null',
        "'; DROP TABLE keys; --",
        'a\0b',
        'a"b',
      ];
      for (const name of names) expect((await current().readKey(name)).value).toBeUndefined();
      await commitNow(current(), {
        insert: names.flatMap((name) => [keyRow(name), aliasRow(name, name), clientTokenRow(name, name), materialRow(name, 1)]),
      });

      for (const name of names) {
        expect(plain((await current().readKey(name)).value)).toEqual(plain(keyRow(name)));
        expect(plain((await current().readAlias(name)).value)).toEqual(plain(aliasRow(name, name)));
        expect(plain((await current().readClientToken(name, name)).value)).toEqual(plain(clientTokenRow(name, name)));
        expect((await current().listMaterials(name, { after: undefined, limit: 9 })).value).toHaveLength(1);
      }
    });

    it('never take two client tokens for one', async () => {
      const tokens = [clientTokenRow('ab', 'c'), clientTokenRow('a', 'bc'), clientTokenRow('abc', ''), clientTokenRow('c', 'ab')];
      await commitNow(current(), { insert: tokens });

      for (const row of tokens) expect(plain((await current().readClientToken(row.scope, row.token)).value)).toEqual(plain(row));
      expect((await current().readClientToken('bc', 'a')).value).toBeUndefined();
    });

    it('see each commit that fulfilled before them, and say its counter', async () => {
      const store = current();
      for (let revision = 0; revision < 20; revision++) {
        const row = keyRow('a', { revision, disabled: revision % 2 === 1 });
        const counter = await commitNow(store, revision === 0 ? { insert: [row] } : { update: [row] });
        expect(counter).toBe(revision + 1);
        expect(plain(await valueAt(counter, store.readKey('a')))).toEqual(plain(row));
        expect(plainCounts(await valueAt(counter, store.countKeys(0)))).toEqual([row.disabled ? 'disabled 1' : '1']);
      }
    });

    it('answer from one committed state while commits go on', async () => {
      const store = current();
      await commitNow(store, { insert: [keyRow('a'), materialRow('a', 1)] });
      const rotations = rotate(store, 30);
      const reads = [];
      for (let read = 0; read < 30; read++) {
        reads.push(store.listMaterials('a', { after: undefined, limit: 100 }));
        await Promise.resolve();
      }

      await rotations;
      for (const { counter, value } of await Promise.all(reads)) expect(value).toHaveLength(counter);
    });

    it('answer rows that later commits do not change', async () => {
      const store = current();
      const given = keyRow('a');
      await commitNow(store, { insert: [given] });
      const { value: read } = await store.readKey('a');
      await commitNow(store, { update: [keyRow('a', { disabled: true, revision: 1 })] });

      expect(plain(read)).toEqual(plain(keyRow('a')));
      expect(plain(given)).toEqual(plain(keyRow('a')));
    });

    it('find each of 10 000 backing keys of one key', async () => {
      const store = current();
      const sequences = Array.from({ length: 10_000 }, (_, index) => index + 1);
      await commitNow(store, { insert: [keyRow('a'), ...sequences.map((sequence) => materialRow('a', sequence))] });

      for (const sequence of sequences) {
        const { value } = await store.readMaterial(materialId('a', sequence));
        if (value?.sequence !== sequence) throw new Error(`backing key ${sequence} is not found`);
      }
      expect(plain((await store.readMaterial(materialId('a', 9_999))).value)).toEqual(plain(materialRow('a', 9_999)));
    });
  });
}

/** One more backing key per commit: at counter n the key has n of them. */
async function rotate(store: Store, last: number): Promise<void> {
  for (let sequence = 2; sequence <= last; sequence++) {
    await store.commit({ insert: [materialRow('a', sequence)] }, { expectedCounter: sequence - 1 });
  }
}
