/** A message as it stands in the body of a call, uncompressed: a zero, the length in four bytes, the message. */
export function grpcFrame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

export const frameHeaderBytes = 5;
