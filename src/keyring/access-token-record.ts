import { type AccessToken, parseAccessTokenId } from '../access/access-token.ts';
import { parsePrincipalId } from '../access/principal.ts';
import type { AccessTokenRow } from '../storage/store.ts';
import { encodeRecord, optionalField, parseRecord, parsedField, textField, wholeField } from './record.ts';

export function encodeAccessToken(token: AccessToken, previous?: Uint8Array): Uint8Array {
  return encodeRecord({ ...token }, knownFields, previous);
}

/** The access token of an authenticated row; `undefined` when the row's index columns say otherwise than its record. */
export function decodeAccessToken(row: AccessTokenRow): AccessToken | undefined {
  const fields = parseRecord(row.record);
  const token: AccessToken = {
    tokenId: parsedField(fields, 'tokenId', parseAccessTokenId),
    principalId: parsedField(fields, 'principalId', parsePrincipalId),
    secretHash: parsedField(fields, 'secretHash', parseSha256),
    createdAt: wholeField(fields, 'createdAt'),
    expiresAt: wholeField(fields, 'expiresAt'),
    ...optionalField(fields, 'revokedAt', wholeField),
    ...optionalField(fields, 'description', textField),
  };
  const columnsAgree = token.tokenId === row.tokenId && token.principalId === row.principalId && token.expiresAt === row.expiresAt;
  return columnsAgree ? token : undefined;
}

function parseSha256(text: string): string | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

const knownFields = [
  'version',
  'tokenId',
  'principalId',
  'secretHash',
  'createdAt',
  'expiresAt',
  'revokedAt',
  'description',
] as const satisfies readonly (keyof AccessToken | 'version')[];
