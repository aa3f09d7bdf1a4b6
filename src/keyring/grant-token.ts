import type { NativeKeyTable } from '../crypto/native.ts';
import { invalidField } from '../errors.ts';
import { type KeyId, parseKeyId } from '../keys/key-id.ts';

/** What a grant token names. */
export interface NamedGrant {
  readonly keyId: KeyId;
  /** 64 hex digits in lower case. */
  readonly grantId: string;
}

/** A token of a grant (docs/FORMATS.md, "Grant token"). It is no secret: who has it may do no more than who has the grant. */
export function grantToken(grant: NamedGrant, { table, domainKeyId }: GrantTokenKey): string {
  const mac = table.pageMac(domainKeyId, authenticated(grant));
  return Buffer.concat([Buffer.of(version), domainKeyId, mac, idBytes(grant)]).toString('base64url');
}

/** The grant that a token of this service names, whether or not it still is; `undefined` for any other text. */
export function parseGrantToken(token: string, table: TokenTable): NamedGrant | undefined {
  if (token.length !== tokenCharacters) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  if (bytes[0] !== version || bytes.toString('base64url') !== token) return undefined;
  const grant = namedGrant(bytes.toString('hex', idStart));
  if (grant === undefined) return undefined;
  const authentic = table.verifyPageMac(bytes.subarray(1, macStart), authenticated(grant), bytes.subarray(macStart, idStart));
  return authentic ? grant : undefined;
}

/**
 * Throws INVALID_REQUEST unless all of them are tokens of this service, as AWS KMS does. They decide nothing: a grant is in force for
 * every call that begins after CreateGrant returned, with its token or without.
 */
export function requireGrantTokens(tokens: readonly string[], table: TokenTable): void {
  const field = 'grant_tokens';
  if (tokens.length > maxTokens) throw invalidField(field, `may have at most ${maxTokens}.`);
  if (tokens.every((token) => parseGrantToken(token, table) !== undefined)) return;
  throw invalidField(field, 'must be grant_token of answers to CreateGrant; leave them out, if need be: the grants count without.');
}

type TokenTable = Pick<NativeKeyTable, 'verifyPageMac'>;

interface GrantTokenKey {
  readonly table: Pick<NativeKeyTable, 'pageMac'>;
  /** 16 bytes. */
  readonly domainKeyId: Uint8Array;
}

function idBytes({ keyId, grantId }: NamedGrant): Buffer {
  return Buffer.from(`${keyId.replaceAll('-', '')}${grantId}`, 'hex');
}

function namedGrant(ids: string): NamedGrant | undefined {
  const keyId = parseKeyId(ids.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  return keyId && { keyId, grantId: ids.slice(32) };
}

function authenticated({ keyId, grantId }: NamedGrant): Uint8Array {
  return Buffer.from(['latchkey grant token v1', keyId, grantId].join('\0'));
}

const version = 1;
const macStart = 17;
const idStart = 49;
/** 97 bytes in base64url without padding. */
const tokenCharacters = 130;
/** As AWS KMS. */
const maxTokens = 10;
