/**
 * Memory for a large reply, with room in front of it: what goes before it on its way out is written there, so that it is
 * never copied. Its content is not initialised.
 */
export function allocateWithHeadroom(bytes: number): Buffer {
  const all = Buffer.allocUnsafeSlow(headroomBytes + bytes);
  withRoom.add(all.buffer);
  return all.subarray(headroomBytes);
}

/** Whether what goes before it can be written in front of it: true for what `prefixed` made of such memory too. */
export function hasHeadroom(message: Uint8Array): boolean {
  return withRoom.has(message.buffer);
}

/** The prefix and the message as one: in the memory of the message if it has room, otherwise a copy. */
export function prefixed(prefix: Uint8Array, message: Uint8Array): Buffer {
  const start = message.byteOffset - prefix.length;
  if (!hasHeadroom(message) || start < 0) return Buffer.concat([prefix, message]);
  const all = Buffer.from(message.buffer, start, prefix.length + message.length);
  all.set(prefix);
  return all;
}

/** For the envelope of Exchange, 18 bytes at most, and the prefix of gRPC, 5. */
const headroomBytes = 32;
const withRoom = new WeakSet<ArrayBufferLike>();
