import { createHash } from 'node:crypto';
import type {
  AccessTokenRow,
  AliasRow,
  ClientTokenRow,
  DomainKeyRow,
  GrantRow,
  GroupRow,
  ImportKeyRow,
  KeyRow,
  MarkName,
  MarkRow,
  MaterialRow,
  PrincipalRow,
  SealedRecord,
  TombstoneRow,
  UsesRow,
  UsesSum,
} from '../../src/storage/store.ts';

/** Rows whose bytes follow from their name and `revision`, so that a test can say what it expects without keeping it. */
export function domainKeyRow(id: string, createdAt = 1_790_000_000_000): DomainKeyRow {
  return { kind: 'domain-key', id, stored: bytes(`stored ${id}`, 105), createdAt };
}

export function importKeyRow(id: string, createdAt = 1_790_000_000_000): ImportKeyRow {
  return { kind: 'import-key', id, stored: bytes(`stored import key ${id}`, 105), createdAt };
}

export function keyRow(keyId: string, { revision = 0, ...indexes }: KeyIndexes & { readonly revision?: number } = {}): KeyRow {
  return { kind: 'key', keyId, ...ordinary, ...indexes, ...sealed(`key ${keyId} ${revision}`) };
}

export type KeyIndexes = Partial<Pick<KeyRow, keyof typeof ordinary>>;

/** An enabled key that nothing will happen to. */
const ordinary = { disabled: false, pendingDeletion: false, pendingImportAt: null, nextLookAt: null, insecure: false } as const;

export function tombstoneRow(keyId: string, revision = 0): TombstoneRow {
  return { kind: 'tombstone', keyId, ...sealed(`tombstone ${keyId} ${revision}`) };
}

export function markRow(name: MarkName, revision = 0): MarkRow {
  return { kind: 'mark', name, ...sealed(`mark ${name} ${revision}`) };
}

export function materialRow(keyId: string, sequence: number, { id = materialId(keyId, sequence), revision = 0 } = {}): MaterialRow {
  const storedKey = bytes(`stored key ${id} ${revision}`, 89);
  return { kind: 'material', keyMaterialId: id, keyId, sequence, storedKey, ...sealed(`material ${id} ${revision}`) };
}

export function materialId(keyId: string, sequence: number): string {
  return createHash('sha256').update(`${keyId} ${sequence}`).digest('hex');
}

/** One encryption of one byte, a moment after 1970. */
export function usesRow(keyId: string, sequence: number, uses: Partial<UsesSum> = {}): UsesRow {
  const once = { encryptions: 1, decryptions: 0, plaintextBytes: 1, firstUsedAt: 10, lastUsedAt: 10 };
  return { keyMaterialId: materialId(keyId, sequence), ...once, ...uses };
}

export function aliasRow(aliasName: string, keyId = 'key', revision = 0): AliasRow {
  return { kind: 'alias', aliasName, keyId, ...sealed(`alias ${aliasName} ${revision}`) };
}

export function clientTokenRow(scope: string, token: string, { expiresAt = 1_790_000_000_000, revision = 0 } = {}): ClientTokenRow {
  return { kind: 'client-token', scope, token, expiresAt, ...sealed(`token ${scope} ${token} ${revision}`) };
}

export function principalRow(
  principalId: string,
  { path = `user/token/${principalId}`, subject = null, revision = 0 }: PrincipalColumns & Revision = {},
): PrincipalRow {
  return { kind: 'principal', principalId, path, subject, ...sealed(`principal ${principalId} ${revision}`) };
}

export function accessTokenRow(
  tokenId: string,
  { principalId = 'alice', expiresAt = 1_790_000_000_000, revision = 0 } = {},
): AccessTokenRow {
  return { kind: 'access-token', tokenId, principalId, expiresAt, ...sealed(`access token ${tokenId} ${revision}`) };
}

export function groupRow(groupName: string, revision = 0): GroupRow {
  return { kind: 'group', groupName, ...sealed(`group ${groupName} ${revision}`) };
}

/** A grant of key `key` to `alice`, unless it says otherwise. */
export function grantRow(grantId: string, { revision = 0, ...columns }: GrantColumns & Revision = {}): GrantRow {
  const ordinaryGrant = { keyId: 'key', granteeId: 'alice', retiringId: null, name: null };
  return { kind: 'grant', grantId, ...ordinaryGrant, ...columns, ...sealed(`grant ${grantId} ${revision}`) };
}

type PrincipalColumns = Partial<Pick<PrincipalRow, 'path' | 'subject'>>;
type GrantColumns = Partial<Pick<GrantRow, 'keyId' | 'granteeId' | 'retiringId' | 'name'>>;
interface Revision {
  readonly revision?: number;
}

function sealed(seed: string): SealedRecord {
  return { record: bytes(`record ${seed}`, 200), domainKeyId: bytes(`domain key ${seed}`, 16), mac: bytes(`mac ${seed}`, 32) };
}

/** Any byte may come, so the bytes are no UTF-8; they begin inside a larger buffer, as bytes from the native side may. */
function bytes(seed: string, length: number): Uint8Array {
  const offset = 8;
  const digest = createHash('shake256', { outputLength: offset + length })
    .update(seed)
    .digest();
  return new Uint8Array(digest).subarray(offset);
}
