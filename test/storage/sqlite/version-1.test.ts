import Database from 'better-sqlite3';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeKey } from '../../../src/keyring/key-record.ts';
import { applicationId, migrate, migrations, storeVersion } from '../../../src/storage/sqlite/migrations.ts';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import {
  aliasRow,
  clientTokenRow,
  domainKeyRow,
  importKeyRow,
  keyRow,
  markRow,
  materialRow,
  tombstoneRow,
} from '../sample-rows.ts';
import { contentOf, noAccess, plain, plainRows } from '../store-content.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

describe('a store of version 1', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let path: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    path = join(directory.path, 'latchkey.db');
  });

  afterEach(() => directory.remove());

  it('keeps its rows and its counter, and its keys wait for nothing', async () => {
    writeVersion1(path);
    const store = await openSqliteStore({ dataDirectory: directory.path });

    expect(store.version).toBe(storeVersion);
    const token = { scope: 'CreateKey', token: 't' };
    expect(await contentOf(store, { tokens: [token], now: Number.MAX_SAFE_INTEGER })).toEqual({
      counter: 41,
      domainKeys: [plain(domainKeyRow('d1'))],
      importKeys: [],
      keys: plainRows([keyRow('a'), keyRow('b', { disabled: true })]),
      toLookAt: [],
      marks: [undefined, undefined],
      counts: ['1', 'disabled 1'],
      aliases: [plain(aliasRow('alias/a', 'a'))],
      perKey: [
        { keyId: 'a', tombstone: undefined, materials: [plain(materialRow('a', 1))], aliases: ['alias/a'], uses: [] },
        { keyId: 'b', tombstone: undefined, materials: [], aliases: [], uses: [] },
      ],
      clientTokens: [plain(clientTokenRow('CreateKey', 't'))],
      access: noAccess,
    });
    await store.close();
  });

  it('takes the rows of version 2 from then on, also after it was opened again', async () => {
    writeVersion1(path);
    const first = await openSqliteStore({ dataDirectory: directory.path });
    const deleted = keyRow('a', { pendingDeletion: true, nextLookAt: 9, revision: 1 });
    await first.commit(
      { insert: [importKeyRow('i'), tombstoneRow('x'), markRow('time')], update: [deleted] },
      { expectedCounter: 41 },
    );
    const before = await contentOf(first, { keyIds: ['x'] });
    await first.close();

    const second = await openSqliteStore({ dataDirectory: directory.path });
    expect(await contentOf(second, { keyIds: ['x'] })).toEqual(before);
    expect(plain((await second.readKey('a')).value)).toEqual(plain(deleted));
    await second.close();
  });

  it('that release 0.1 wrote opens, and its keys are believed', async () => {
    copyFileSync(join(import.meta.dirname, '../../golden/v1/latchkey.db'), path);
    const store = await openSqliteStore({ dataDirectory: directory.path });

    expect(store.version).toBe(storeVersion);
    const { value: keys } = await store.listKeys({ after: undefined, limit: 10 });
    expect(keys).toHaveLength(2);
    for (const row of keys) expect(decodeKey(row)).toMatchObject({ keyId: row.keyId, disabled: row.disabled });
    await store.close();
  });
});

/** As the first release made it; the statements of released migrations never change. */
function writeVersion1(path: string): void {
  const database = new Database(path);
  database.pragma(`application_id = ${applicationId}`);
  migrate(database, migrations.slice(0, 1));
  const insert = (table: string, columns: string, row: object) =>
    database.prepare(`INSERT INTO ${table} VALUES (${columns.replace(/\w+/g, '@$&')})`).run(row);
  insert('domain_keys', 'id, stored, createdAt', domainKeyRow('d1'));
  insert('keys', 'keyId, disabled, record, domainKeyId, mac', { ...keyRow('a'), ...sqlFlags, disabled: 0 });
  insert('keys', 'keyId, disabled, record, domainKeyId, mac', { ...keyRow('b'), ...sqlFlags, disabled: 1 });
  insert('key_materials', 'keyMaterialId, keyId, sequence, storedKey, record, domainKeyId, mac', materialRow('a', 1));
  insert('aliases', 'aliasName, keyId, record, domainKeyId, mac', aliasRow('alias/a', 'a'));
  insert('client_tokens', 'scope, token, expiresAt, record, domainKeyId, mac', clientTokenRow('CreateKey', 't'));
  database.exec('UPDATE meta SET counter = 41');
  database.close();
}

/** SQLite takes no booleans. */
const sqlFlags = { pendingDeletion: 0, insecure: 0 };
