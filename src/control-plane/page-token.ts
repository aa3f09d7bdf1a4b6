import { KmsError } from '../errors.ts';
import type { ControlPlane } from './control-plane.ts';

/** Which list a page token belongs to: it is refused by any other call, and with any other filters. */
export interface ListIdentity {
  readonly call: string;
  /** The filters, one string for equal ones. */
  readonly filters: string;
}

/** The token for the page after `cursor` (docs/FORMATS.md, "Page tokens"). */
export function pageToken(list: ListIdentity, cursor: string, { table, domainKeyId }: PageTokenKey): string {
  const mac = table.pageMac(domainKeyId, authenticated(list, cursor));
  return Buffer.concat([Buffer.of(version), domainKeyId, mac, Buffer.from(cursor)]).toString('base64url');
}

/** The cursor of a token that this service made for this list; `undefined` for the empty token. Throws INVALID_PAGE_TOKEN. */
export function parsePageToken(list: ListIdentity, token: string, { table }: Pick<PageTokenKey, 'table'>): string | undefined {
  if (token === '') return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const domainKeyId = bytes.subarray(1, macStart);
  const cursor = bytes.toString('utf8', cursorStart);
  const wellFormed = bytes.length > cursorStart && bytes[0] === version && bytes.toString('base64url') === token;
  if (wellFormed && table.verifyPageMac(domainKeyId, authenticated(list, cursor), bytes.subarray(macStart, cursorStart)))
    return cursor;
  throw new KmsError(
    'INVALID_PAGE_TOKEN',
    'page_token must be the next_page_token of the last answer, with the same filters; or empty, to begin.',
  );
}

interface PageTokenKey extends Pick<ControlPlane, 'domainKeyId'> {
  readonly table: Pick<ControlPlane['table'], 'pageMac' | 'verifyPageMac'>;
}

function authenticated({ call, filters }: ListIdentity, cursor: string): Uint8Array {
  return Buffer.from(['latchkey page token v1', call, filters, cursor].join('\0'));
}

const version = 1;
const macStart = 17;
const cursorStart = 49;
