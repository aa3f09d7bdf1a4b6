import { Client, credentials } from '@grpc/grpc-js';
import { defaultAddress, isAddress } from './address.ts';
import { loadProtocol } from './protocol.ts';
import type { Protocol } from './protocol.ts';
import { promiseClient } from './promise-client.ts';
import type { PromiseClient } from './promise-client.ts';

export { dataKeyCache } from './data-key-cache.ts';
export type { DataKey, DataKeyBounds, DataKeyCache, DataKeyUse, EncryptedDataKey } from './data-key-cache.ts';
export { decryptObject } from './decrypt-object.ts';
export type { DecryptObjectOptions } from './decrypt-object.ts';
export { encryptObject } from './encrypt-object.ts';
export type { EncryptObjectOptions } from './encrypt-object.ts';
export { LatchkeyError } from './latchkey-error.ts';
export type { FieldViolation, Reason } from './latchkey-error.ts';
export { ObjectError } from './object-error.ts';
export type { ObjectErrorReason } from './object-error.ts';
export type { CallOptions } from './promise-client.ts';
export { reEncryptObjectHeader } from './re-encrypt-object-header.ts';
export type { ReEncryptObjectHeaderOptions } from './re-encrypt-object-header.ts';

/** A connection to one server. Calls share it, may overlap, and fail with LatchkeyError. */
export interface Latchkey {
  /** Encrypts, decrypts and makes data keys. */
  readonly crypto: PromiseClient<Protocol['crypto']>;
  /** Makes, shows and changes keys and aliases. */
  readonly keys: PromiseClient<Protocol['keys']>;
  /** Facts about the server. */
  readonly server: PromiseClient<Protocol['server']>;
  /** Ends the connection; a program does not exit by itself before that. */
  close(): void;
}

export interface ConnectOptions {
  /** `host:port` or `unix:/path`; default 127.0.0.1:50051. */
  readonly address?: string;
  /** How long a call may take unless it says otherwise, in milliseconds; default 30 000. */
  readonly timeoutMs?: number;
}

/**
 * A client of the Latchkey server at `address`. Connects with the first call, and again whenever the connection was lost. Sends the
 * checksum of every payload and verifies those that come back.
 */
export function connect({ address = defaultAddress, timeoutMs = 30_000 }: ConnectOptions = {}): Latchkey {
  if (!isAddress(address)) throw new TypeError(`"${address}" is not an address: give host:port or unix:/path.`);
  const protocol = loadProtocol();
  const client = new Client(address, credentials.createInsecure(), channelOptions);
  const callable = { client, protocol, timeoutMs };
  return {
    crypto: promiseClient(protocol.crypto, callable),
    keys: promiseClient(protocol.keys, callable),
    server: promiseClient(protocol.server, callable),
    close: () => client.close(),
  };
}

const channelOptions = {
  // The server sends at most this much unless it is configured to; grpc-js's own limit is 4 MiB.
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // Plaintext gRPC to this machine must not go through the proxy that `http_proxy` names.
  'grpc.enable_http_proxy': 0,
};
