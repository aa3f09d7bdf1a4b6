import type { Database } from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabaseFile } from '../../../src/storage/sqlite/database-file.ts';
import { openDatabase } from '../../../src/storage/sqlite/open-database.ts';
import { SqliteStore } from '../../../src/storage/sqlite/sqlite-store.ts';
import { keyRow } from '../sample-rows.ts';
import { contentOf } from '../store-content.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

describe('an open database', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let database: Database;

  beforeEach(() => {
    directory = temporaryDirectory();
    const path = join(directory.path, 'store.db');
    createDatabaseFile(path);
    database = openDatabase(path);
  });

  afterEach(() => {
    database.close();
    directory.remove();
  });

  it('is durable, exclusive and erases what it deletes', () => {
    const settings = ['journal_mode', 'synchronous', 'locking_mode', 'secure_delete', 'trusted_schema'];
    const actual = settings.map((name) => database.pragma(name, { simple: true }));
    const full = 2;
    expect(actual).toEqual(['wal', full, 'exclusive', 1, 0]);
  });

  it.each([
    ['a page of keys', 'SELECT record FROM keys WHERE key_id >= ? ORDER BY key_id LIMIT 10'],
    ['a page of backing keys', 'SELECT record FROM key_materials WHERE key_id = ? AND sequence > 0 ORDER BY sequence LIMIT 10'],
    ['a backing key', 'SELECT record FROM key_materials WHERE key_material_id = ?'],
    ['a page of aliases of a key', "SELECT record FROM aliases WHERE key_id = ? AND alias_name >= '' ORDER BY alias_name LIMIT 10"],
    ['expired client tokens', 'DELETE FROM client_tokens WHERE expires_at <= ?'],
    ['a page of keys to look at', 'SELECT record FROM keys WHERE next_look_at <= ?'],
    ['import keys', 'DELETE FROM import_keys WHERE id = ?'],
    ['backing keys to erase', "UPDATE key_materials SET stored_key = x'' WHERE key_id = ?"],
    ['aliases to delete', 'DELETE FROM aliases WHERE key_id = ?'],
  ])('finds %s by an index, without sorting', (_, sql) => {
    const plan = database.prepare<[string], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all('x');
    expect(plan.map(({ detail }) => detail.replace(/ USING.*/, ''))).toEqual([expect.stringMatching(/^SEARCH \w+$/)]);
  });

  it('that is full fails the commit, keeps the store as it was, and goes on when there is room', async () => {
    const store = new SqliteStore(database);
    await store.commit({ insert: [keyRow('a')] }, { expectedCounter: 0 });
    const before = await contentOf(store);
    const pages = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${pages + 2}`);
    const change = { insert: [{ ...keyRow('b'), record: new Uint8Array(100_000) }], update: [keyRow('a', { revision: 1 })] };

    await expect(store.commit(change, { expectedCounter: 1 })).rejects.toThrow('full');
    expect(await contentOf(store)).toEqual(before);
    database.pragma(`max_page_count = ${pages + 1000}`);
    expect(await store.commit(change, { expectedCounter: 1 })).toBe(2);
  });
});
