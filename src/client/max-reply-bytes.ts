import { Metadata } from '@grpc/grpc-js';

/** Tells the server how many bytes of a reply this caller takes. Throws TypeError for what is no number of bytes. */
export function replyLimit(maxReplyBytes: number): Metadata {
  if (!Number.isSafeInteger(maxReplyBytes) || maxReplyBytes < 0 || maxReplyBytes > greatestReplyBytes) {
    throw new TypeError(`maxReplyBytes is a whole number of bytes, at most ${greatestReplyBytes}.`);
  }
  const metadata = new Metadata();
  metadata.set('latchkey-max-reply-bytes', String(maxReplyBytes));
  return metadata;
}

/** No server sends more. */
export const greatestReplyBytes = 64 * 1024 * 1024;
