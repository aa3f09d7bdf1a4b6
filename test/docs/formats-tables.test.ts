import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { encodeAccessToken } from '../../src/keyring/access-token-record.ts';
import { encodeAlias } from '../../src/keyring/alias-record.ts';
import { encodeClientTokenUse } from '../../src/keyring/client-token-record.ts';
import { encodeGrant } from '../../src/keyring/grant-record.ts';
import { encodeGroup } from '../../src/keyring/group-record.ts';
import { encodeKey } from '../../src/keyring/key-record.ts';
import { encodeServiceTime } from '../../src/keyring/mark-record.ts';
import { encodeMaterial } from '../../src/keyring/material-record.ts';
import { encodePrincipal } from '../../src/keyring/principal-record.ts';
import { encodeTombstone } from '../../src/keyring/tombstone-record.ts';
import { parseAliasName } from '../../src/keys/alias.ts';
import { parseClientToken } from '../../src/keys/client-token.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { parseKeyMaterialId } from '../../src/keys/key-material-id.ts';
import { applicationId, migrate, storeVersion } from '../../src/storage/sqlite/migrations.ts';
import { fullGrant, fullGroup, fullPrincipal, fullToken } from '../keyring/example-access.ts';
import { codeOf, readDocument, tableRows } from './documents.ts';

const formats = readDocument('docs/FORMATS.md');
const keyId = parseKeyId('00112233-4455-6677-8899-aabbccddeeff')!;
const keyMaterialId = parseKeyMaterialId('5a'.repeat(32))!;

describe('the table of records', () => {
  const rotation = { type: 'ON_DEMAND', rotatedAt: 2 } as const;
  const due = { at: 1, afterRunningMs: 1 };
  const records = {
    key: encodeKey({
      tags: [{ key: 'team', value: 'payments' }],
      rotation: { periodDays: 365, countedFrom: 1 },
      imported: {
        missing: 0,
        expiresAt: 3,
        pendingRotationId: keyMaterialId,
        pendingExpiresAt: 3,
        current: { present: true, expiresAt: 3 },
        due,
      },
      deletion: { requestedAt: 1, date: 2, due },
      deletionProtected: true,
      insecure: true,
      stateChangedAt: 1,
      onDemandRotations: 1,
      keyId,
      keySpec: 'SYMMETRIC_DEFAULT',
      keyUsage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      keyManager: 'CUSTOMER',
      description: '',
      createdAt: 1,
      disabled: false,
      currentKeyMaterialId: keyMaterialId,
      materialCount: 2,
      lastRotatedAt: 2,
      policy: '{}',
      policyPrincipals: [['arn:aws:iam::000000000000:user/token/alice', fullPrincipal.principalId]],
    }),
    material: encodeMaterial({
      keyMaterialId,
      keyId,
      keySpec: 'SYMMETRIC_DEFAULT',
      sequence: 2,
      createdAt: 2,
      rotation,
      imported: { present: true, expiresAt: 3 },
      compromisedAt: 2,
    }),
    alias: encodeAlias({ aliasName: parseAliasName('alias/payments')!, keyId, createdAt: 1, updatedAt: 1 }),
    'client-token': encodeClientTokenUse({
      scope: 'CreateKey',
      token: parseClientToken('token')!,
      parameters: '',
      expiresAt: 1,
      keyId,
      keyMaterialId,
    }),
    tombstone: encodeTombstone({ keyId, createdAt: 1, deletionRequestedAt: 1, destroyedAt: 2, materialCount: 1 }),
    mark: encodeServiceTime({ highWater: 1, runningMs: 1, lookedAt: 1, countedUpTo: 1 }),
    principal: encodePrincipal(fullPrincipal),
    'access-token': encodeAccessToken(fullToken),
    group: encodeGroup(fullGroup),
    grant: encodeGrant(fullGrant),
  };

  const kinds = Object.keys(records) as (keyof typeof records)[];

  it('has every kind', () => {
    expect(tableRows(formats, 'kind').map(([kind = '']) => codeOf(kind)[0])).toEqual(kinds);
  });

  it.each(Object.entries(records))('names the fields of a %s, all and no others', (kind, record) => {
    const row = tableRows(formats, 'kind').find(([cell]) => cell === `\`${kind}\``);
    const documented = codeOf(row?.[2] ?? '').filter((name) => /^[a-z][A-Za-z]+$/.test(name));
    const written = Object.keys(JSON.parse(Buffer.from(record).toString()) as object);
    expect(['version', ...documented].toSorted()).toEqual(written.toSorted());
  });

  it('names the fields of every group, all and no others', () => {
    const documented = tableRows(formats, 'group').map(([group = '', of = '', fields = '']) => {
      const names = codeOf(fields).filter((name) => /^[a-z][A-Za-z]+$/.test(name));
      return [codeOf(`${of} ${group}`).join('.'), names.toSorted()];
    });
    expect(Object.fromEntries(documented)).toEqual(Object.assign({}, ...kinds.map(groupsOf)));
  });

  /** `key.deletion` → names of its fields; for every field that is an object or a list of them, however deep; lists of pairs are none. */
  function groupsOf(kind: keyof typeof records): Record<string, string[]> {
    const groups: Record<string, string[]> = {};
    const collect = (path: string, value: unknown): void => {
      const group: unknown = Array.isArray(value) ? value[0] : value;
      if (typeof group !== 'object' || group === null || Array.isArray(group)) return;
      if (path !== kind) groups[path] = Object.keys(group).toSorted();
      for (const [name, inner] of Object.entries(group)) collect(`${path}.${name}`, inner);
    };
    collect(kind, JSON.parse(Buffer.from(records[kind]).toString()));
    return groups;
  }
});

describe('the table of the store', () => {
  const database = new Database(':memory:');
  migrate(database);

  it('has every table with all its columns', () => {
    const documented = tableRows(formats, 'table').map(([table = '', primaryKey = '', , columns = '']) => {
      const sealed = columns.includes('has no record') ? [] : ['record', 'domain_key_id', 'mac'];
      return [codeOf(table)[0] ?? '', [...codeOf(primaryKey), ...codeOf(columns), ...sealed].toSorted()];
    });
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(tableNames().map((name) => [name, columnNames(name).toSorted()])),
    );
  });

  it('stands under the right version and application id', () => {
    expect(formats).toContain(`\`application_id\` 0x${applicationId.toString(16)}`);
    expect(formats).toContain(`\`user_version\` = store version, now ${storeVersion}.`);
  });

  function tableNames(): string[] {
    return database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  }

  function columnNames(table: string): string[] {
    return database.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  }
});
