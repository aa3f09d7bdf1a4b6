import type { Latchkey } from '../src/client/connect.ts';

/** A message as gRPC sends it, uncompressed: a zero, the length in four bytes, the message. */
export function grpcFrame(message: Buffer): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

export const frameHeaderBytes = 5;

export async function newKey({ keys }: Latchkey): Promise<string> {
  const { key_metadata } = await keys.createKey({});
  if (!key_metadata) throw new Error('CreateKey answered without key_metadata.');
  return key_metadata.key_id;
}
