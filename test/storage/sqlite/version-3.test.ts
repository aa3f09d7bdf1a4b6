import Database from 'better-sqlite3';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applicationId, migrate, migrations, storeVersion } from '../../../src/storage/sqlite/migrations.ts';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import {
  accessTokenRow,
  aliasRow,
  grantRow,
  groupRow,
  keyRow,
  markRow,
  materialRow,
  principalRow,
  usesRow,
} from '../sample-rows.ts';
import { contentOf, noAccess, plain, plainRows } from '../store-content.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

describe('a store of version 3', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
    writeVersion3(join(directory.path, 'latchkey.db'));
  });

  afterEach(() => directory.remove());

  it('keeps its rows, its uses and its counter, and nobody may do anything', async () => {
    const store = await openSqliteStore({ dataDirectory: directory.path });

    expect(store.version).toBe(storeVersion);
    expect(store.usesSince).toBe(1_790_000_000_000);
    const { uses, ...rest } = onlyKey(await contentOf(store));
    expect(rest).toEqual({
      counter: 23,
      domainKeys: [],
      importKeys: [],
      keys: [plain(keyRow('a'))],
      toLookAt: [],
      marks: [plain(markRow('time')), undefined],
      counts: ['1'],
      aliases: [plain(aliasRow('alias/a', 'a'))],
      materials: [plain(materialRow('a', 1))],
      clientTokens: [],
      access: noAccess,
    });
    expect(uses.map((row) => JSON.parse(row) as object)).toMatchObject([usesRow('a', 1, { decryptions: 5 }), { decryptions: 5 }]);
    await store.close();
  });

  it('takes principals, tokens, groups and grants from then on, also after it was opened again', async () => {
    const first = await openSqliteStore({ dataDirectory: directory.path });
    const principals = [principalRow('alice'), principalRow('bob', { subject: 'dns:bob' })];
    const grants = [grantRow('1', { keyId: 'a', retiringId: 'bob', name: 'n' }), grantRow('2', { keyId: 'a' })];
    const insert = [...principals, accessTokenRow('t'), groupRow('staff'), ...grants];
    await first.commit({ insert }, { expectedCounter: 23 });
    await first.close();

    const second = await openSqliteStore({ dataDirectory: directory.path });
    const { counter, access } = await contentOf(second);
    expect(counter).toBe(24);
    expect(access).toEqual({
      principals: plainRows(principals),
      principalCount: 2,
      groups: [plain(groupRow('staff'))],
      tokens: [plain(accessTokenRow('t'))],
      grants: plainRows(grants),
      toRetire: ['1 by bob'],
    });
    await second.close();
  });
});

function onlyKey({ perKey, ...content }: Awaited<ReturnType<typeof contentOf>>) {
  const [ofKey, ...others] = perKey;
  if (ofKey === undefined || others.length > 0) throw new Error('The store has not one key.');
  return { ...content, materials: ofKey.materials, uses: ofKey.uses };
}

/** As the version before principals made it; the statements of released migrations never change. */
function writeVersion3(path: string): void {
  const database = new Database(path);
  database.pragma(`application_id = ${applicationId}`);
  migrate(database, migrations.slice(0, 3));
  const insert = (table: string, fields: Readonly<Record<string, string>>, row: object) => {
    const parameters = Object.values(fields).map((field) => `@${field}`);
    database.prepare(`INSERT INTO ${table} (${Object.keys(fields).join()}) VALUES (${parameters.join()})`).run(row);
  };
  const sealed = { record: 'record', domain_key_id: 'domainKeyId', mac: 'mac' };
  insert(
    'keys',
    { key_id: 'keyId', disabled: 'disabled', ...sealed },
    { ...keyRow('a'), disabled: 0, pendingDeletion: 0, insecure: 0 },
  );
  const material = { key_material_id: 'keyMaterialId', key_id: 'keyId', sequence: 'sequence', stored_key: 'storedKey', ...sealed };
  insert('key_materials', material, materialRow('a', 1));
  insert('aliases', { alias_name: 'aliasName', key_id: 'keyId', ...sealed }, aliasRow('alias/a', 'a'));
  insert('marks', { name: 'name', ...sealed }, markRow('time'));
  const uses = { encryptions: 'encryptions', decryptions: 'decryptions', plaintext_bytes: 'plaintextBytes' };
  const seen = { first_used_at: 'firstUsedAt', last_used_at: 'lastUsedAt' };
  const used = { ...usesRow('a', 1, { decryptions: 5 }), keyId: 'a' };
  insert('uses', { key_id: 'keyId', key_material_id: 'keyMaterialId', ...uses, ...seen }, used);
  database.exec('UPDATE meta SET counter = 23, uses_since = 1790000000000');
  database.close();
}
