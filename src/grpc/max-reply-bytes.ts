import type { IncomingHttpHeaders } from 'node:http2';
import { invalidField } from '../errors.ts';

/** How large a reply the caller takes, from the headers of its call, and the server sends. Throws INVALID_REQUEST for what is no number. */
export function maxReplyBytesOf(headers: IncomingHttpHeaders, maxMessageBytes: number): number {
  const given = headers[maxReplyBytesKey];
  if (given === undefined) return Math.min(defaultMaxReplyBytes, maxMessageBytes);
  const text = String(given);
  if (!/^[0-9]{1,10}$/.test(text)) throw invalidField(maxReplyBytesKey, 'must be a whole number of bytes.');
  return Math.min(Number(text), greatestReplyBytes, maxMessageBytes);
}

export const maxReplyBytesKey = 'latchkey-max-reply-bytes';
/** What clients of gRPC take that are not told otherwise. */
const defaultMaxReplyBytes = 4 * 1024 * 1024;
export const greatestReplyBytes = 64 * 1024 * 1024;
