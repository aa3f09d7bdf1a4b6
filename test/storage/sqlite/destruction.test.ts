import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../../src/storage/sqlite/open-database.ts';
import { SqliteStore } from '../../../src/storage/sqlite/sqlite-store.ts';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import type { Change, Row, Store } from '../../../src/storage/store.ts';
import { importKeyRow, keyRow, materialRow } from '../sample-rows.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { foundMarkers, marker } from './found-markers.ts';

/** Of every size, so that rows share pages, fill pages and overflow into more. */
const sizes = Array.from({ length: 60 }, (_, index) => (index % 10 === 0 ? 9000 : 20 + index * 37));

const empty = new Uint8Array(0);
const destructions: readonly { readonly what: string; readonly change: (index: number) => Change }[] = [
  { what: 'a key is deleted', change: (index) => ({ deleteKeys: [`key ${index}`], deleteImportKeys: [`${index}`] }) },
  { what: 'a backing key is emptied', change: (index) => ({ update: [material(index, empty)], deleteImportKeys: [`${index}`] }) },
];

describe('wrapped bytes', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let copies: ReturnType<typeof temporaryDirectory>;
  let store: Store | undefined;

  beforeEach(() => {
    directory = temporaryDirectory();
    copies = temporaryDirectory();
  });

  afterEach(async () => {
    await store?.close();
    store = undefined;
    directory.remove();
    copies.remove();
  });

  it.each(destructions)('are in no file once the commit by which $what fulfils, while the store is open', async ({ change }) => {
    store = await openSqliteStore({ dataDirectory: directory.path });
    let counter = await store.commit({ insert: sizes.flatMap(rowsOf) }, { expectedCounter: 0 });
    expect(foundMarkers(directory.path, 'KEY').size).toBe(sizes.length);
    expect(foundMarkers(directory.path, 'IMPORT').size).toBe(sizes.length);

    for (const index of sizes.keys()) {
      counter = await store.commit(change(index), { expectedCounter: counter });
      expect(lowest(foundMarkers(directory.path, 'KEY'))).toBe(index + 1);
      expect(lowest(foundMarkers(directory.path, 'IMPORT'))).toBe(index + 1);
    }
  });

  it('that a failing disk left in the log are gone after the next commit', async () => {
    const path = join(directory.path, 'latchkey.db');
    await (await openSqliteStore({ dataDirectory: directory.path })).close();
    const database = openDatabase(path);
    store = new SqliteStore(database);
    await store.commit({ insert: rowsOf(500, 0) }, { expectedCounter: 0 });
    const failing = vi.spyOn(database, 'pragma').mockImplementation(() => {
      throw new Error('The disk is full.');
    });
    await expect(store.commit({ deleteKeys: ['key 0'] }, { expectedCounter: 1 })).rejects.toThrow('The disk is full.');
    expect(foundMarkers(directory.path, 'KEY').size).toBe(1);
    failing.mockRestore();
    await store.commit({}, { expectedCounter: 2 });
    expect([...foundMarkers(directory.path, 'KEY')]).toEqual([]);
  });

  it.each([
    { what: 'a key', change: { deleteKeys: ['key 0'] }, prefix: 'KEY' },
    { what: 'bytes of a backing key', change: { update: [material(0, empty)] }, prefix: 'KEY' },
    { what: 'an import key', change: { deleteImportKeys: ['0'] }, prefix: 'IMPORT' },
  ])('of $what alone go with it', async ({ change, prefix }) => {
    store = await openSqliteStore({ dataDirectory: directory.path });
    await store.commit({ insert: rowsOf(500, 0) }, { expectedCounter: 0 });
    await store.commit(change, { expectedCounter: 1 });
    expect([...foundMarkers(directory.path, prefix)]).toEqual([]);
    expect(foundMarkers(directory.path, prefix === 'KEY' ? 'IMPORT' : 'KEY').size).toBe(1);
  });

  it('are gone once the store was opened again, when the process was killed between the commit and the erasure', async () => {
    const first = await openSqliteStore({ dataDirectory: directory.path });
    await first.commit({ insert: sizes.flatMap(rowsOf) }, { expectedCounter: 0 });
    await first.close();

    // The commit of a store that is about to write its log back; the copy is what a kill would leave.
    const killed = openDatabase(join(directory.path, 'latchkey.db'));
    killed.exec("DELETE FROM import_keys; UPDATE key_materials SET stored_key = x''");
    for (const name of readdirSync(directory.path)) copyFileSync(join(directory.path, name), join(copies.path, name));
    killed.close();
    expect(readdirSync(copies.path)).toContain('latchkey.db-wal');
    expect(foundMarkers(copies.path, 'KEY').size).toBe(sizes.length);

    store = await openSqliteStore({ dataDirectory: copies.path });
    expect([...foundMarkers(copies.path, 'KEY'), ...foundMarkers(copies.path, 'IMPORT')]).toEqual([]);
    expect((await store.readMaterial(material(0, empty).keyMaterialId)).value?.storedKey.length).toBe(0);
  });

  it('that no change took survive the changes of others', async () => {
    store = await openSqliteStore({ dataDirectory: directory.path });
    await store.commit({ insert: sizes.flatMap(rowsOf) }, { expectedCounter: 0 });
    await store.commit({ deleteKeys: ['key 3'] }, { expectedCounter: 1 });
    const { value } = await store.readMaterial(material(4, empty).keyMaterialId);
    expect(Buffer.from(value?.storedKey ?? []).equals(marker('KEY', 4, sizes[4]!))).toBe(true);
  });
});

function rowsOf(size: number, index: number): readonly Row[] {
  return [
    keyRow(`key ${index}`),
    material(index, marker('KEY', index, size)),
    { ...importKeyRow(`${index}`), stored: marker('IMPORT', index, size) },
  ];
}

function material(index: number, storedKey: Uint8Array) {
  return { ...materialRow(`key ${index}`, 1), storedKey };
}

/** The number of markers that went from the beginning. */
function lowest(markers: ReadonlySet<string>): number {
  return Math.min(sizes.length, ...[...markers].map((text) => Number(/\d+/.exec(text)?.[0])));
}
