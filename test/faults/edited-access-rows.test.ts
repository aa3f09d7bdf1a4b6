import Database from 'better-sqlite3';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Keyring } from '../../src/keyring/keyring.ts';
import { openSqliteStore } from '../../src/storage/sqlite/open-sqlite-store.ts';
import { exampleGrant, examplePrincipal, exampleToken, grantId, principalId, tokenId } from '../keyring/example-access.ts';
import { type OpenKeyring, commit, loaded, openKeyring } from '../keyring/open-keyring.ts';
import { exampleKey } from '../keys/example-key.ts';
import { refused } from '../properties/two-keys.ts';

/** Somebody who can write the database but has no root key gives himself more than he has: he is not believed. */
let original: string;
const [alice, bob] = [principalId(1), principalId(2)];
const { keyId } = exampleKey();
const otherKeyId = 'ffffffff-4455-6677-8899-aabbccddeeff';

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'latchkey-access-rows-'));
  await withKeyring(original, async ({ keyring }) => {
    const policy = '{"Statement":[{"Effect":"Deny"}]}';
    await commit(keyring, {
      insertKey: exampleKey({ policy, policyPrincipals: [['arn:aws:iam::000000000000:user/token/1', alice]] }),
    });
    await commit(keyring, { insertGroup: { name: 'staff', createdAt: 1, readyPolicies: ['auditor'] } });
    await commit(keyring, { insertGroup: { name: 'admins', createdAt: 1, readyPolicies: ['administrator'] } });
    await commit(keyring, { insertPrincipal: examplePrincipal(1, { subject: 'dns:alice', disabled: true, groups: ['staff'] }) });
    await commit(keyring, { insertPrincipal: examplePrincipal(2, { subject: 'dns:bob', readyPolicies: ['administrator'] }) });
    await commit(keyring, { insertAccessToken: exampleToken(1, { revokedAt: 5 }) });
    await commit(keyring, { insertAccessToken: exampleToken(2, { principalId: bob }) });
    await commit(keyring, { insertGrant: exampleGrant(1, { retiringId: bob, name: 'n' }) });
    await commit(keyring, { insertGrant: exampleGrant(2, { granteeId: bob, operations: ['Encrypt', 'Decrypt'] }) });
  });
});
afterAll(async () => {
  await rm(original, { recursive: true });
});

const looks = {
  alice: ({ directory }: Keyring) => loaded(() => directory.principal(alice)),
  path: ({ directory }: Keyring) => loaded(() => directory.principalByPath('user/token/2')),
  subject: ({ directory }: Keyring) => loaded(() => directory.principalBySubject('dns:bob')),
  token: ({ directory }: Keyring) => loaded(() => directory.accessToken(tokenId(1))),
  group: ({ directory }: Keyring) => loaded(() => directory.group('staff')),
  grant: ({ directory }: Keyring) => loaded(() => directory.grant(grantId(1))),
  'grants of alice': ({ directory }: Keyring) => loaded(() => directory.grantsFor(keyId, alice)),
  'grants of bob': ({ directory }: Keyring) => loaded(() => directory.grantsFor(keyId, bob)),
  key: (keyring: Keyring) => loaded(() => keyring.key({ kind: 'key', keyId })),
};

it('finds nothing wrong when nothing was changed', async () => {
  await edited('', async ({ keyring, refusedRows }) => {
    for (const look of Object.values(looks)) expect(await look(keyring)).toBeDefined();
    expect(refusedRows).toEqual([]);
  });
});

const swapped = (table: string, column: string, one: string, other: string) =>
  `UPDATE ${table} SET ${column} = CASE ${column} WHEN '${one}' THEN 'temporary' ELSE ${column} END;
   UPDATE ${table} SET ${column} = '${one}' WHERE ${column} = '${other}';
   UPDATE ${table} SET ${column} = '${other}' WHERE ${column} = 'temporary'`;
const replaced = (table: string, from: string, to: string) =>
  `UPDATE ${table} SET record = CAST(replace(record, '${from}', '${to}') AS BLOB)`;
const copied = (table: string, primaryKey: string, from: string, to: string) =>
  `UPDATE ${table} SET (record, domain_key_id, mac) = (SELECT record, domain_key_id, mac FROM ${table} WHERE ${primaryKey} = '${from}')
     WHERE ${primaryKey} = '${to}'`;

const edits: readonly (readonly [what: string, look: keyof typeof looks, kind: string, sql: string])[] = [
  ['two principals with their ids swapped', 'alice', 'principal', swapped('principals', 'principal_id', alice, bob)],
  ['the record of another principal', 'alice', 'principal', copied('principals', 'principal_id', bob, alice)],
  ['a principal that is enabled', 'alice', 'principal', replaced('principals', '"disabled":true', '"disabled":false')],
  ['a principal in another group', 'alice', 'principal', replaced('principals', '"staff"', '"admins"')],
  ['a principal in a group whose record is that of another', 'alice', 'group', copied('groups', 'group_name', 'admins', 'staff')],
  ['a principal without its MAC', 'alice', 'principal', 'UPDATE principals SET mac = zeroblob(32)'],
  ['a principal with a domain key that is none', 'alice', 'principal', 'UPDATE principals SET domain_key_id = zeroblob(16)'],
  ['two principals with their paths swapped', 'path', 'principal', swapped('principals', 'path', 'user/token/1', 'user/token/2')],
  ['two principals with their subjects swapped', 'subject', 'principal', swapped('principals', 'subject', 'dns:alice', 'dns:bob')],
  [
    'a subject that was moved to another principal',
    'subject',
    'principal',
    "UPDATE principals SET subject = NULL; UPDATE principals SET subject = 'dns:bob' WHERE path = 'user/token/1'",
  ],
  ['a subject that was edited', 'alice', 'principal', "UPDATE principals SET subject = 'dns:mallory' WHERE path = 'user/token/1'"],
  ['a subject that was taken away', 'alice', 'principal', 'UPDATE principals SET subject = NULL'],
  ['a token of another principal', 'token', 'access-token', `UPDATE access_tokens SET principal_id = '${bob}'`],
  [
    'a token of another principal, in its record too',
    'token',
    'access-token',
    `UPDATE access_tokens SET principal_id = '${bob}'; ${replaced('access_tokens', alice, bob)}`,
  ],
  ['a token that ends later', 'token', 'access-token', 'UPDATE access_tokens SET expires_at = expires_at + 1'],
  ['a token that is not revoked', 'token', 'access-token', replaced('access_tokens', ',"revokedAt":5', '')],
  ['a token with another secret', 'token', 'access-token', replaced('access_tokens', 'a5a5', '5a5a')],
  ['two tokens with their ids swapped', 'token', 'access-token', swapped('access_tokens', 'token_id', tokenId(1), tokenId(2))],
  ['a group with other policies', 'group', 'group', replaced('groups', 'auditor', 'administrator')],
  ['two groups with their names swapped', 'group', 'group', swapped('groups', 'group_name', 'staff', 'admins')],
  ['a key with another policy', 'key', 'key', replaced('keys', 'Deny', 'Allow')],
  ['a key whose policy means another principal', 'key', 'key', replaced('keys', alice, bob)],
  ['a key without its policy', 'key', 'key', replaced('keys', '"policy"', '"pollcy"')],
];

describe('an edited row is refused and counted', () => {
  it.each(edits)('%s', async (_, look, kind, sql) => {
    await edited(sql, async ({ keyring, refusedRows }) => {
      expect((await refused(looks[look](keyring))).reason).toBe('KEY_UNAVAILABLE');
      expect(refusedRows).toEqual([expect.stringMatching(`^${kind} `)]);
      // Again: what was refused once is not in memory either.
      expect((await refused(looks[look](keyring))).reason).toBe('KEY_UNAVAILABLE');
    });
  });
});

const editedGrants: readonly (readonly [what: string, sql: string])[] = [
  ['of more', replaced('grants', '["Decrypt"]', '["Encrypt"]')],
  ['of another key', `UPDATE grants SET key_id = '${otherKeyId}' WHERE grant_id = '${grantId(1)}'`],
  ['with another retiring principal', `UPDATE grants SET retiring_id = '${alice}' WHERE grant_id = '${grantId(1)}'`],
  ['with another name', "UPDATE grants SET name = 'N' WHERE name IS NOT NULL"],
  ['whose record is that of another', copied('grants', 'grant_id', grantId(2), grantId(1))],
  ['to another principal', `UPDATE grants SET grantee_id = '${bob}'`],
];

describe('an edited grant counts for nobody, is counted, and hides no other', () => {
  it.each(editedGrants)('%s', async (_, sql) => {
    await edited(sql, async ({ keyring, refusedRows }) => {
      expect(await looks.grant(keyring)).toBeUndefined();
      expect(refusedRows).toEqual([`grant ${grantId(1)}`]);
      expect(await looks['grants of alice'](keyring)).toEqual([]);
      expect((await looks['grants of bob'](keyring)).map((grant) => grant.grantId)).toEqual([grantId(2)]);
    });
  });

  it('two with their ids swapped', async () => {
    await edited(swapped('grants', 'grant_id', grantId(1), grantId(2)), async ({ keyring, refusedRows }) => {
      expect(await looks['grants of alice'](keyring)).toEqual([]);
      expect(await looks['grants of bob'](keyring)).toEqual([]);
      expect(refusedRows.toSorted()).toEqual([`grant ${grantId(1)}`, `grant ${grantId(2)}`]);
    });
  });
});

it('a grant that was moved to another principal is lost to its own', async () => {
  await edited(`UPDATE grants SET grantee_id = '${bob}'`, async ({ keyring, refusedRows }) => {
    expect(await looks['grants of alice'](keyring)).toEqual([]);
    expect(refusedRows).toEqual([]);
  });
});

it('a group that was deleted takes its principals with it, for it may have forbidden something', async () => {
  await edited("DELETE FROM groups WHERE group_name = 'staff'", async ({ keyring }) => {
    expect((await refused(looks.alice(keyring))).reason).toBe('KEY_UNAVAILABLE');
    expect(await looks.path(keyring)).toBeDefined();
  });
});

/** A keyring over a copy of the original that was edited. */
async function edited(sql: string, run: (open: OpenKeyring) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-edited-access-'));
  await cp(original, home, { recursive: true });
  try {
    const database = new Database(join(home, 'data/latchkey.db'));
    database.exec(sql);
    expect(database.prepare('SELECT total_changes()').pluck().get() === 0).toBe(sql === '');
    database.close();
    await withKeyring(home, run);
  } finally {
    await rm(home, { recursive: true });
  }
}

async function withKeyring(home: string, run: (open: OpenKeyring) => Promise<void>): Promise<void> {
  const store = await openSqliteStore({ dataDirectory: join(home, 'data') });
  try {
    const open = await openKeyring(store, join(home, 'secrets'));
    await run(open);
    open.close();
  } finally {
    await store.close();
  }
}
