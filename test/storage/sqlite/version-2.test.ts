import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applicationId, migrate, migrations, storeVersion } from '../../../src/storage/sqlite/migrations.ts';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import { keyRow, markRow, materialRow, tombstoneRow, usesRow } from '../sample-rows.ts';
import { contentOf, noAccess, plain, plainRows } from '../store-content.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

describe('a store of version 2', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
    writeVersion2(join(directory.path, 'latchkey.db'));
  });

  afterEach(() => directory.remove());

  it('keeps its rows and its counter, and its keys have no uses', async () => {
    const before = Date.now();
    const store = await openSqliteStore({ dataDirectory: directory.path });

    expect(store.version).toBe(storeVersion);
    expect(store.usesSince).toBeGreaterThanOrEqual(before);
    expect(store.usesSince).toBeLessThanOrEqual(Date.now());
    expect(await contentOf(store, { keyIds: ['gone'], now: 8 })).toEqual({
      counter: 17,
      domainKeys: [],
      importKeys: [],
      keys: plainRows([keyRow('a', { pendingDeletion: true, nextLookAt: 8 })]),
      toLookAt: ['a'],
      marks: [plain(markRow('time')), undefined],
      counts: ['pendingDeletion 1'],
      aliases: [],
      perKey: [
        { keyId: 'a', tombstone: undefined, materials: [plain(materialRow('a', 1))], aliases: [], uses: [] },
        { keyId: 'gone', tombstone: plain(tombstoneRow('gone')), materials: [], aliases: [], uses: [] },
      ],
      clientTokens: [],
      access: noAccess,
    });
    await store.close();
  });

  it('takes uses from then on, and says at every start since when', async () => {
    const first = await openSqliteStore({ dataDirectory: directory.path });
    await first.addUses([usesRow('a', 1, { decryptions: 3 })]);
    const { usesSince } = first;
    await first.close();

    const second = await openSqliteStore({ dataDirectory: directory.path });
    expect(await second.sumUses('a')).toMatchObject({ decryptions: 3 });
    expect(second.usesSince).toBe(usesSince);
    await second.close();
  });
});

/** As the version before uses made it; the statements of released migrations never change. */
function writeVersion2(path: string): void {
  const database = new Database(path);
  database.pragma(`application_id = ${applicationId}`);
  migrate(database, migrations.slice(0, 2));
  const insert = (table: string, fields: Readonly<Record<string, string>>, row: object) => {
    const parameters = Object.values(fields).map((field) => `@${field}`);
    database.prepare(`INSERT INTO ${table} (${Object.keys(fields).join()}) VALUES (${parameters.join()})`).run(row);
  };
  const sealed = { record: 'record', domain_key_id: 'domainKeyId', mac: 'mac' };
  const key = { key_id: 'keyId', disabled: 'disabled', pending_deletion: 'pendingDeletion', next_look_at: 'nextLookAt', ...sealed };
  insert('keys', key, { ...keyRow('a', { nextLookAt: 8 }), disabled: 0, pendingDeletion: 1, insecure: 0 });
  const material = { key_material_id: 'keyMaterialId', key_id: 'keyId', sequence: 'sequence', stored_key: 'storedKey', ...sealed };
  insert('key_materials', material, materialRow('a', 1));
  insert('tombstones', { key_id: 'keyId', ...sealed }, tombstoneRow('gone'));
  insert('marks', { name: 'name', ...sealed }, markRow('time'));
  database.exec('UPDATE meta SET counter = 17');
  database.close();
}
