import { describe, expect, it } from 'vitest';
import type { AccessToken } from '../../src/access/access-token.ts';
import type { Group } from '../../src/access/group.ts';
import type { Principal } from '../../src/access/principal.ts';
import { decodeAccessToken, encodeAccessToken } from '../../src/keyring/access-token-record.ts';
import { decodeGrant, encodeGrant, grantIndexes } from '../../src/keyring/grant-record.ts';
import { decodeGroup, encodeGroup } from '../../src/keyring/group-record.ts';
import { decodePrincipal, encodePrincipal } from '../../src/keyring/principal-record.ts';
import type { AccessTokenRow, GrantRow, GroupRow, PrincipalRow } from '../../src/storage/store.ts';
import {
  exampleGrant,
  examplePrincipal,
  exampleToken,
  fullGrant,
  fullGroup,
  fullPrincipal,
  fullToken,
  grantId,
  principalId,
  tokenId,
} from './example-access.ts';

const sealed = (record: Uint8Array) => ({ record, domainKeyId: new Uint8Array(16), mac: new Uint8Array(32) });
const written = (record: Uint8Array) => JSON.parse(Buffer.from(record).toString()) as Record<string, unknown>;
const withField = (fields: object, name: string, value: unknown) =>
  Buffer.from(JSON.stringify({ version: 1, ...fields, [name]: value }));

describe('the record of a principal', () => {
  const rowOf = (principal: Principal, record = encodePrincipal(principal)): PrincipalRow => {
    const { principalId: id, path, subject = null } = principal;
    return { kind: 'principal', principalId: id, path, subject, ...sealed(record) };
  };

  it.each([
    ['with all fields', fullPrincipal],
    ['with none of the optional ones', examplePrincipal(2)],
    ['with empty lists', examplePrincipal(3, { tags: [], groups: [], readyPolicies: [], inlinePolicies: [] })],
  ])('%s reads back as written', (_, principal) => {
    expect(decodePrincipal(rowOf(principal))).toEqual(principal);
  });

  it.each<Partial<PrincipalRow>>([
    { principalId: principalId(9) },
    { path: 'user/cert/2' },
    { subject: null },
    { subject: 'uri:spiffe://example.org/other' },
  ])('is not believed when an index column says otherwise: %j', (changes) => {
    expect(decodePrincipal({ ...rowOf(fullPrincipal), ...changes })).toBeUndefined();
  });

  it('is not believed when a subject was put beside a principal that has none', () => {
    expect(decodePrincipal({ ...rowOf(examplePrincipal(2)), subject: '' })).toBeUndefined();
  });

  it('drops an optional field that is gone, and keeps what a newer version wrote', () => {
    const newer = withField(fullPrincipal, 'region', 'moon');
    const principal = examplePrincipal(1);
    expect(written(encodePrincipal(principal, newer))).toEqual({ version: 1, ...principal, region: 'moon' });
  });

  it.each([
    ['principalId', 'alice'],
    ['path', undefined],
    ['subject', 7],
    ['disabled', 'false'],
    ['tags', ['a']],
    ['groups', 'staff'],
    ['groups', [1]],
    ['readyPolicies', ['root']],
    ['inlinePolicies', [{ name: 'a' }]],
    ['inlinePolicies', [['a', '{}']]],
    ['deletedAt', -1],
  ])('with a malformed %s (%j) fails loudly', (name, value) => {
    expect(() => decodePrincipal(rowOf(fullPrincipal, withField(fullPrincipal, name, value)))).toThrow(/A record/);
  });
});

describe('the record of an access token', () => {
  const rowOf = (token: AccessToken, record = encodeAccessToken(token)): AccessTokenRow => {
    const { tokenId: id, principalId: owner, expiresAt } = token;
    return { kind: 'access-token', tokenId: id, principalId: owner, expiresAt, ...sealed(record) };
  };

  it.each([fullToken, exampleToken(2)])('reads back as written', (token) => {
    expect(decodeAccessToken(rowOf(token))).toEqual(token);
  });

  it.each<Partial<AccessTokenRow>>([{ tokenId: tokenId(9) }, { principalId: principalId(9) }, { expiresAt: 10 }])(
    'is not believed when an index column says otherwise: %j',
    (changes) => {
      expect(decodeAccessToken({ ...rowOf(fullToken), ...changes })).toBeUndefined();
    },
  );

  it('keeps what a newer version wrote, and drops a description that is gone', () => {
    const newer = withField(fullToken, 'region', 'moon');
    expect(written(encodeAccessToken(exampleToken(1), newer))).toEqual({ version: 1, ...exampleToken(1), region: 'moon' });
  });

  it.each([
    ['tokenId', 'AAAAAAAAAAAAAAAA'],
    ['principalId', ''],
    ['secretHash', 'a5'],
    ['revokedAt', true],
    ['description', null],
  ])('with a malformed %s (%j) fails loudly', (name, value) => {
    expect(() => decodeAccessToken(rowOf(fullToken, withField(fullToken, name, value)))).toThrow(/A record/);
  });
});

describe('the record of a group', () => {
  const rowOf = (group: Group, record = encodeGroup(group)): GroupRow => {
    return { kind: 'group', groupName: group.name, ...sealed(record) };
  };

  it.each([fullGroup, { name: '__proto__', createdAt: 0 }])('reads back as written', (group) => {
    expect(decodeGroup(rowOf(group))).toEqual(group);
  });

  it('is not believed of another group', () => {
    expect(decodeGroup({ ...rowOf(fullGroup), groupName: 'Staff' })).toBeUndefined();
  });

  it('keeps what a newer version wrote, and drops policies that are gone', () => {
    const newer = withField(fullGroup, 'region', 'moon');
    expect(written(encodeGroup({ name: 'staff', createdAt: 1 }, newer))).toEqual({
      version: 1,
      name: 'staff',
      createdAt: 1,
      region: 'moon',
    });
  });

  it.each([
    ['name', 1],
    ['createdAt', undefined],
    ['readyPolicies', 'auditor'],
    ['inlinePolicies', [{ name: 'a', document: {} }]],
  ])('with a malformed %s (%j) fails loudly', (name, value) => {
    expect(() => decodeGroup(rowOf(fullGroup, withField(fullGroup, name, value)))).toThrow(/A record/);
  });
});

describe('the record of a grant', () => {
  const row = (record: Uint8Array): GrantRow => ({ kind: 'grant', ...grantIndexes(fullGrant), ...sealed(record) });

  it.each([
    ['with all fields', fullGrant],
    ['with none of the optional ones', exampleGrant(2)],
    ['with constraints that are empty', exampleGrant(3, { constraints: {} })],
    ['with constraints without pairs', exampleGrant(4, { constraints: { encryptionContextEquals: [] } })],
  ])('%s reads back as written', (_, grant) => {
    expect(decodeGrant({ kind: 'grant', ...grantIndexes(grant), ...sealed(encodeGrant(grant)) })).toEqual(grant);
  });

  it.each<Partial<GrantRow>>([
    { grantId: grantId(9) },
    { keyId: 'ffffffff-4455-6677-8899-aabbccddeeff' },
    { granteeId: principalId(9) },
    { retiringId: null },
    { retiringId: principalId(9) },
    { name: null },
    { name: 'N' },
  ])('is not believed when an index column says otherwise: %j', (changes) => {
    expect(decodeGrant({ ...row(encodeGrant(fullGrant)), ...changes })).toBeUndefined();
  });

  it.each([
    ['keyId', 'x'],
    ['granteeId', null],
    ['granteeArn', undefined],
    ['operations', ['Decrypt', 'toString']],
    ['operations', {}],
    ['constraints', []],
    ['constraints', { encryptionContextEquals: [['a']] }],
    ['constraints', { encryptionContextEquals: [['a', 'b', 'c']] }],
    ['constraints', { encryptionContextSubset: [['a', 1]] }],
    ['constraints', { encryptionContextSubset: { a: 'b' } }],
    ['issuedBy', 'root'],
    ['parentGrantId', 1],
  ])('with a malformed %s (%j) fails loudly', (name, value) => {
    expect(() => decodeGrant(row(withField(fullGrant, name, value)))).toThrow(/A record/);
  });
});
