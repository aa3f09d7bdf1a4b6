import { Client, InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import type { Latchkey } from '../src/client/connect.ts';
import { type CredentialOptions, connectionCredentials } from '../src/client/credentials.ts';
import { promiseClient } from '../src/client/promise-client.ts';
import { loadProtocol } from '../src/client/protocol.ts';

/** Calls of a connection of its own that take the largest replies that there are. */
export interface LargeReplies {
  readonly crypto: Latchkey['crypto'];
  close(): void;
}

export function takeLargeReplies(address: string, given: CredentialOptions): LargeReplies {
  const protocol = loadProtocol();
  const { channel, options, metadata } = connectionCredentials(address, given);
  const client = new Client(address, channel, {
    ...options,
    'grpc.enable_http_proxy': 0,
    'grpc.max_receive_message_length': greatestReplyBytes,
    interceptors: [allowing],
  });
  return { crypto: promiseClient(protocol.crypto, { client, metadata, protocol, timeoutMs }), close: () => client.close() };
}

const allowing: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start: (metadata, listener, next) => {
      metadata.set(maxReplyBytesKey, String(greatestReplyBytes));
      next(metadata, listener);
    },
  });

/** Metadata by which a caller of batches takes more than 4 MiB. */
export const maxReplyBytesKey = 'latchkey-max-reply-bytes';
/** The server sends no more, whatever it is allowed. */
export const greatestReplyBytes = 64 * 1024 * 1024;
const timeoutMs = 30_000;
