import { KmsError } from '../errors.ts';
import type { ControlPlane } from './control-plane.ts';

/** Which list a page token belongs to: it is refused by any other call, and with any other filters. */
export interface ListIdentity {
  readonly call: string;
  /** The filters, one string for equal ones. */
  readonly filters: string;
}

/**
 * The token for the page after `cursor` (docs/FORMATS.md, "Page tokens"). The cursor may be the name of something that the caller may
 * not see, so it is masked.
 */
export function pageToken(list: ListIdentity, cursor: string, { table, domainKeyId }: PageTokenKey): string {
  const mac = table.pageMac(domainKeyId, authenticated(list, cursor));
  const hidden = masked(Buffer.from(cursor), mac, { table, domainKeyId });
  return Buffer.concat([Buffer.of(version), domainKeyId, mac, hidden]).toString('base64url');
}

/** The cursor of a token that this service made for this list; `undefined` for the empty token. Throws INVALID_PAGE_TOKEN. */
export function parsePageToken(list: ListIdentity, token: string, { table }: Pick<PageTokenKey, 'table'>): string | undefined {
  if (token === '') return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const domainKeyId = bytes.subarray(1, macStart);
  const mac = bytes.subarray(macStart, cursorStart);
  const wellFormed = bytes.length > cursorStart && bytes[0] === version && bytes.toString('base64url') === token;
  // Before the mask is made, which works for domain keys that there are only.
  if (!wellFormed || bytes.length > cursorStart + maxCursorBytes) throw invalidPageToken();
  const cursor = unmasked(bytes.subarray(cursorStart), mac, { table, domainKeyId })?.toString();
  if (cursor !== undefined && table.verifyPageMac(domainKeyId, authenticated(list, cursor), mac)) return cursor;
  throw invalidPageToken();
}

function invalidPageToken(): KmsError {
  return new KmsError(
    'INVALID_PAGE_TOKEN',
    'page_token must be the next_page_token of the last answer, with the same filters; or empty, to begin.',
  );
}

interface PageTokenKey extends Pick<ControlPlane, 'domainKeyId'> {
  readonly table: Pick<ControlPlane['table'], 'pageMac' | 'verifyPageMac'>;
}

/** `undefined` when there is no such domain key: then nobody made the token here. */
function unmasked(bytes: Buffer, mac: Uint8Array, key: PageTokenKey): Buffer | undefined {
  try {
    return masked(bytes, mac, key);
  } catch {
    return undefined;
  }
}

/** A synthetic IV, as RFC 5297 has: the MAC of the cursor is what its mask is made of. */
function masked(bytes: Buffer, mac: Uint8Array, { table, domainKeyId }: PageTokenKey): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes.length / macBytes) }, (_, index) =>
    table.pageMac(domainKeyId, Buffer.concat([maskLabel, mac, Buffer.of(index)])),
  );
  const mask = Buffer.concat(blocks);
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask[index] ?? 0)));
}

function authenticated({ call, filters }: ListIdentity, cursor: string): Uint8Array {
  return Buffer.from(['latchkey page token v2', call, filters, cursor].join('\0'));
}

const version = 2;
const macStart = 17;
const macBytes = 32;
const cursorStart = macStart + macBytes;
const maskLabel = Buffer.from('latchkey page cursor v1\0');
/** More than the longest name that lists go by; blocks of the mask have numbers of one byte. */
const maxCursorBytes = 2048;
