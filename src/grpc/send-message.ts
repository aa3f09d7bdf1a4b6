import { Metadata, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { hasHeadroom, prefixed } from '../headroom.ts';
import { freeBytes } from './free-bytes.ts';
import { streamOf } from './transport.ts';

/**
 * Sends a message whose memory is given up with it; `sent` is called when it has left. A large one that has room in front of
 * it goes out from where it was written: copied into a frame, it would be in memory twice, and both left to the garbage
 * collector, which then takes a third of the time that a batch takes (bench/README.md).
 */
export function sendMessage(call: ServerInterceptingCallInterface, message: Buffer, sent: () => void): void {
  if (!hasHeadroom(message)) {
    call.sendMessage(message, sent);
    // It was copied into its frame.
    freeBytes(message);
    return;
  }
  const stream = streamOf(call);
  if (stream.destroyed || stream.closed || stream.writableEnded) return;
  call.sendMetadata(noMetadata);
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  const frame = prefixed(prefix, message);
  stream.write(frame, (error) => {
    if (error) return;
    // A stream that was destroyed calls back while bytes of it may still be on their way to the socket.
    if (!stream.destroyed) freeBytes(frame);
    sent();
  });
}

const noMetadata = new Metadata();
/** Not compressed, and the length. */
const prefixBytes = 5;
