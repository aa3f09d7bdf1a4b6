import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { hasHeadroom, prefixed } from '../headroom.ts';
import { freeBytes } from './free-bytes.ts';
import { writeFrame } from './transport.ts';

/**
 * Sends a message whose memory is given up with it; `sent` is called when it has left. One that has room in front of it goes out
 * from where it was written: copied into a frame, it would be in memory twice, and both left to the garbage collector, which
 * then takes a third of the time that a batch takes (bench/README.md).
 */
export function sendMessage(call: ServerInterceptingCallInterface, message: Buffer, sent: () => void): void {
  if (!hasHeadroom(message)) {
    call.sendMessage(message, sent);
    return;
  }
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  const frame = prefixed(prefix, message);
  writeFrame(call, frame, (isDone) => {
    if (isDone) freeBytes(frame);
    sent();
  });
}

/** Not compressed, and the length. */
const prefixBytes = 5;
