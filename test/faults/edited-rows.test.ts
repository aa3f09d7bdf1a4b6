import Database from 'better-sqlite3';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAlias } from '../../src/control-plane/create-alias.ts';
import { createKey } from '../../src/control-plane/create-key.ts';
import { disableKey } from '../../src/control-plane/disable-key.ts';
import { listKeys } from '../../src/control-plane/list-keys.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { type AliasName, parseAliasName } from '../../src/keys/alias.ts';
import { type ClientToken, parseClientToken } from '../../src/keys/client-token.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import { openSqliteStore } from '../../src/storage/sqlite/open-sqlite-store.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { refused } from '../properties/two-keys.ts';
import { plainKey } from '../fakes/plain-key.ts';
import { maySeeAll } from '../fakes/callers.ts';

/** Somebody who can write the database but has no root key changes a row: it is not believed, and what needs it is KEY_UNAVAILABLE. */
let original: string;
let keyId: KeyId;
let otherKeyId: KeyId;
/** Made by the first backing key of `keyId`, which has been rotated. */
let ciphertext: Buffer;

const alias = 'alias/name' as AliasName;
const token = 'token' as ClientToken;
const order = { ...plainKey, description: 'made once', clientToken: token };

beforeAll(async () => {
  expect([parseAliasName(alias), parseClientToken(token)]).toEqual([alias, token]);
  original = await mkdtemp(join(tmpdir(), 'latchkey-rows-'));
  await withService(original, async ({ controlPlane, encrypt }) => {
    keyId = (await createKey(order, controlPlane)).key.keyId;
    otherKeyId = (await createKey({ ...order, clientToken: undefined }, controlPlane)).key.keyId;
    ciphertext = await encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
    await rotateKeyOnDemand({ keyId, clientToken: undefined, expectedCurrentKeyMaterialId: undefined }, controlPlane);
    await createAlias({ aliasName: alias, targetKeyId: keyId }, controlPlane);
  });
});
afterAll(async () => {
  await rm(original, { recursive: true });
});

const uses = {
  key: async ({ encrypt }: Service) => encrypt({ key_id: keyId, plaintext: Buffer.from('x') }),
  material: async ({ decrypt }: Service) => decrypt({ ciphertext_blob: ciphertext }),
  alias: async ({ encrypt }: Service) => encrypt({ key_id: alias, plaintext: Buffer.from('x') }),
  token: async ({ controlPlane }: Service) => createKey(order, controlPlane),
};

it('finds nothing wrong when nothing was changed', async () => {
  await edited([], async (service) => {
    for (const use of Object.values(uses)) {
      await use(service);
    }
    expect(service.refusedRows).toEqual([]);
  });
});

const firstMaterial = "WHERE key_id = '$key' AND sequence = 1";
const edits: readonly (readonly [what: string, use: keyof typeof uses, sql: string])[] = [
  [
    'keys.key_id',
    'key',
    "UPDATE keys SET key_id = CASE key_id WHEN '$key' THEN 'temporary' WHEN '$other' THEN '$key' ELSE key_id END",
  ],
  ['keys.disabled', 'key', "UPDATE keys SET disabled = 1 WHERE key_id = '$key'"],
  ['keys.record', 'key', "UPDATE keys SET record = CAST(replace(record, 'made once', 'made twice') AS BLOB) WHERE key_id = '$key'"],
  ['keys.domain_key_id', 'key', "UPDATE keys SET domain_key_id = zeroblob(16) WHERE key_id = '$key'"],
  ['keys.domain_key_id, cut', 'key', "UPDATE keys SET domain_key_id = x'' WHERE key_id = '$key'"],
  ['keys.mac', 'key', "UPDATE keys SET mac = zeroblob(32) WHERE key_id = '$key'"],
  ['keys.mac, cut', 'key', "UPDATE keys SET mac = x'' WHERE key_id = '$key'"],
  [
    'keys.mac and record of another key',
    'key',
    copyColumns('keys', ['record', 'domain_key_id', 'mac'], "key_id = '$key'", "key_id = '$other'"),
  ],
  ['key_materials.key_id', 'material', `UPDATE key_materials SET key_id = 'x' ${firstMaterial}`],
  ['key_materials.sequence', 'material', `UPDATE key_materials SET sequence = 7 ${firstMaterial}`],
  ['key_materials.stored_key', 'material', `UPDATE key_materials SET stored_key = zeroblob(89) ${firstMaterial}`],
  ['key_materials.stored_key, cut', 'material', `UPDATE key_materials SET stored_key = x'01' ${firstMaterial}`],
  [
    'key_materials.stored_key of the next material',
    'material',
    swapStoredKeys("key_id = '$key' AND sequence = 1", "key_id = '$key' AND sequence = 2"),
  ],
  ['key_materials.stored_key of another key', 'material', swapStoredKeys("key_id = '$key' AND sequence = 1", "key_id = '$other'")],
  [
    'key_materials.record',
    'material',
    `UPDATE key_materials SET record = CAST(replace(record, '"sequence":1', '"sequence":2') AS BLOB) ${firstMaterial}`,
  ],
  ['key_materials.domain_key_id', 'material', `UPDATE key_materials SET domain_key_id = zeroblob(16) ${firstMaterial}`],
  ['key_materials.mac', 'material', `UPDATE key_materials SET mac = zeroblob(32) ${firstMaterial}`],
  ['aliases.key_id', 'alias', "UPDATE aliases SET key_id = '$other'"],
  [
    'aliases.key_id and record',
    'alias',
    "UPDATE aliases SET key_id = '$other', record = CAST(replace(record, '$key', '$other') AS BLOB)",
  ],
  ['aliases.record', 'alias', "UPDATE aliases SET record = CAST(replace(record, '$key', '$other') AS BLOB)"],
  ['aliases.domain_key_id', 'alias', 'UPDATE aliases SET domain_key_id = zeroblob(16)'],
  ['aliases.mac', 'alias', 'UPDATE aliases SET mac = zeroblob(32)'],
  ['client_tokens.expires_at', 'token', 'UPDATE client_tokens SET expires_at = expires_at + 1'],
  ['client_tokens.record', 'token', "UPDATE client_tokens SET record = CAST(replace(record, '$key', '$other') AS BLOB)"],
  ['client_tokens.domain_key_id', 'token', 'UPDATE client_tokens SET domain_key_id = zeroblob(16)'],
  ['client_tokens.mac', 'token', 'UPDATE client_tokens SET mac = zeroblob(32)'],
];

describe('an edited row is refused and counted', () => {
  it.each(edits)('%s', async (_, use, sql) => {
    await edited([sql], async (service) => {
      expect((await refused(uses[use](service))).reason).toBe('KEY_UNAVAILABLE');
      expect(service.refusedRows).toHaveLength(1);
      // Again: what was refused once is not in memory either.
      expect((await refused(uses[use](service))).reason).toBe('KEY_UNAVAILABLE');
    });
  });
});

describe('a row under another name', () => {
  it('aliases.alias_name: the new name is refused, the old one is gone', async () => {
    await edited(["UPDATE aliases SET alias_name = 'alias/other'"], async (service) => {
      const use = service.encrypt({ key_id: 'alias/other', plaintext: Buffer.from('x') });
      expect((await refused(use)).reason).toBe('KEY_UNAVAILABLE');
      expect((await refused(uses.alias(service))).reason).toBe('ALIAS_NOT_FOUND');
    });
  });

  it('key_materials.key_material_id: neither the new id nor the old one opens anything', async () => {
    const id = '11'.repeat(32);
    await edited([`UPDATE key_materials SET key_material_id = '${id}' ${firstMaterial}`], async (service) => {
      const renamed = Buffer.concat([ciphertext.subarray(0, 2), Buffer.from(id, 'hex'), ciphertext.subarray(34)]);
      expect((await refused(service.decrypt({ ciphertext_blob: renamed }))).reason).toBe('KEY_UNAVAILABLE');
      expect((await refused(service.decrypt({ ciphertext_blob: ciphertext }))).reason).toBe('INVALID_CIPHERTEXT');
    });
  });

  it.each(['scope', 'token'])('client_tokens.%s: the token is a new one', async (column) => {
    await edited([`UPDATE client_tokens SET ${column} = 'elsewhere'`], async (service) => {
      const { key } = await createKey(order, service.controlPlane);
      expect(key.keyId).not.toBe(keyId);
    });
  });
});

it('a missing current backing key is said, never made anew', async () => {
  await edited(["DELETE FROM key_materials WHERE key_id = '$key'"], async (service) => {
    expect((await refused(uses.key(service))).reason).toBe('KEY_UNAVAILABLE');
  });
});

it('a disabled key cannot be enabled by writing the database', async () => {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-disabled-'));
  await cp(original, home, { recursive: true });
  await withService(home, async ({ controlPlane }) => disableKey(keyId, controlPlane));
  const enabling =
    "UPDATE keys SET disabled = 0, record = CAST(replace(record, '\"disabled\":true', '\"disabled\":false') AS BLOB) WHERE key_id = '$key'";
  runSql(home, [enabling]);
  await withService(home, async (service) => {
    expect((await refused(uses.key(service))).reason).toBe('KEY_UNAVAILABLE');
  });
  await rm(home, { recursive: true });
});

it('one bad row hides no other key from a list', async () => {
  await edited(["UPDATE keys SET mac = zeroblob(32) WHERE key_id = '$key'"], async ({ controlPlane }) => {
    const { items } = await listKeys({ pageSize: 10, pageToken: '', states: [], tags: [], ...maySeeAll }, controlPlane);
    expect(Object.fromEntries(items.map((item) => [item.keyId, item.key?.keyId]))).toEqual({
      [keyId]: undefined,
      [otherKeyId]: otherKeyId,
    });
  });
});

it('an old row of the same key, put back, is believed: a replay is noticed later at the earliest, not prevented', async () => {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-replay-'));
  await cp(original, home, { recursive: true });
  const enabled = readKeyRow(home);
  await withService(home, async ({ controlPlane }) => disableKey(keyId, controlPlane));
  writeKeyRow(home, enabled);
  await withService(home, async (service) => {
    expect(await uses.key(service)).toBeInstanceOf(Buffer);
    expect(service.refusedRows).toEqual([]);
  });
  await rm(home, { recursive: true });
});

/** A service over a copy of the original in which `$key` and `$other` of the statements are the two keys. */
async function edited(statements: readonly string[], run: (service: Service) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-edited-'));
  await cp(original, home, { recursive: true });
  try {
    runSql(home, statements);
    await withService(home, run);
  } finally {
    await rm(home, { recursive: true });
  }
}

async function withService(home: string, run: (service: Service) => Promise<void>): Promise<void> {
  const store = await openSqliteStore({ dataDirectory: join(home, 'data') });
  try {
    const service = await openService({ store, secretsDirectory: join(home, 'secrets') });
    await run(service);
    service.table.close();
  } finally {
    await store.close();
  }
}

function runSql(home: string, statements: readonly string[]): void {
  const database = new Database(join(home, 'data/latchkey.db'));
  for (const sql of statements) database.exec(sql.replaceAll('$key', keyId).replaceAll('$other', otherKeyId));
  database.close();
}

function copyColumns(table: string, columns: readonly string[], to: string, from: string): string {
  const copies = columns.map((column) => `${column} = (SELECT ${column} FROM ${table} WHERE ${from})`);
  return `UPDATE ${table} SET ${copies.join(', ')} WHERE ${to}`;
}

function swapStoredKeys(one: string, other: string): string {
  const stored = (where: string) => `(SELECT stored_key FROM key_materials WHERE ${where})`;
  return `UPDATE key_materials SET stored_key = CASE WHEN ${one} THEN ${stored(other)} ELSE ${stored(one)} END WHERE (${one}) OR (${other})`;
}

interface KeyRowContent {
  readonly disabled: number;
  readonly record: Buffer;
  readonly mac: Buffer;
}

function readKeyRow(home: string): KeyRowContent {
  const database = new Database(join(home, 'data/latchkey.db'));
  const row = database.prepare<[string], KeyRowContent>('SELECT disabled, record, mac FROM keys WHERE key_id = ?').get(keyId);
  database.close();
  if (row === undefined) throw new Error('The key has no row.');
  return row;
}

function writeKeyRow(home: string, row: KeyRowContent): void {
  const database = new Database(join(home, 'data/latchkey.db'));
  database
    .prepare('UPDATE keys SET disabled = @disabled, record = @record, mac = @mac WHERE key_id = @keyId')
    .run({ ...row, keyId });
  database.close();
}
