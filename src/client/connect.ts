import { Client } from '@grpc/grpc-js';
import { defaultAddress, isAddress } from './address.ts';
import type { Items } from './batch-reader.ts';
import { type CredentialOptions, connectionCredentials } from './credentials.ts';
import { decryptMany } from './decrypt-many.ts';
import type { DecryptItem, DecryptManyOptions, DecryptedItem } from './decrypt-many.ts';
import { encryptMany } from './encrypt-many.ts';
import type { EncryptItem, EncryptManyOptions, EncryptedItem } from './encrypt-many.ts';
import { Exchange } from './exchange.ts';
import { refuseUnknownNames } from './known-names.ts';
import { greatestReplyBytes } from './max-reply-bytes.ts';
import { loadProtocol } from './protocol.ts';
import type { Protocol } from './protocol.ts';
import { promiseClient } from './promise-client.ts';
import type { PromiseClient } from './promise-client.ts';
import { reEncryptMany } from './re-encrypt-many.ts';
import type { ReEncryptItem, ReEncryptManyOptions, ReEncryptedItem } from './re-encrypt-many.ts';

export type { Items } from './batch-reader.ts';
export type { CredentialOptions } from './credentials.ts';
export { CredentialsError } from './credentials-error.ts';
export { dataKeyCache } from './data-key-cache.ts';
export type { DataKey, DataKeyBounds, DataKeyCache, DataKeyUse, EncryptedDataKey } from './data-key-cache.ts';
export type { DecryptItem, DecryptManyOptions, DecryptedItem } from './decrypt-many.ts';
export { decryptObject } from './decrypt-object.ts';
export type { DecryptObjectOptions } from './decrypt-object.ts';
export type { EncryptItem, EncryptManyOptions, EncryptedItem } from './encrypt-many.ts';
export { encryptObject } from './encrypt-object.ts';
export type { EncryptObjectOptions } from './encrypt-object.ts';
export { LatchkeyError } from './latchkey-error.ts';
export type { FieldViolation, Reason } from './latchkey-error.ts';
export type { FailedItem, ManyOptions, ManyProgress, ManyResult } from './many.ts';
export { ObjectError } from './object-error.ts';
export type { ObjectErrorReason } from './object-error.ts';
export type { CallOptions } from './promise-client.ts';
export type { ReEncryptItem, ReEncryptManyOptions, ReEncryptedItem } from './re-encrypt-many.ts';
export { reEncryptObjectHeader } from './re-encrypt-object-header.ts';
export type { ReEncryptObjectHeaderOptions } from './re-encrypt-object-header.ts';
export type { Pem, TlsOptions } from './tls.ts';
export type { TokenSource } from './token.ts';

/** A connection to one server. Calls share it, may overlap, and fail with LatchkeyError. */
export interface Latchkey {
  /** Encrypts, decrypts and makes data keys. */
  readonly crypto: PromiseClient<Protocol['crypto']>;
  /** Makes, shows and changes keys and aliases. */
  readonly keys: PromiseClient<Protocol['keys']>;
  /** Makes, shows and changes principals, access tokens, groups and policies. */
  readonly access: PromiseClient<Protocol['access']>;
  /** Facts about the server. */
  readonly server: PromiseClient<Protocol['server']>;
  /**
   * Encrypts any number of items, in constant memory and in their order:
   *
   *     for await (const { index, ciphertext, error } of latchkey.encryptMany(rows, { keyId: 'alias/rows' })) …
   *
   * Items may come from any iterable, are read as far as results are taken, and are sent in batches, several at once. An item that
   * fails is a result with an error and does not end the iteration; what concerns all items is thrown. Batches that are not answered,
   * or that the server was too busy for, are sent again, since nothing is changed by that.
   */
  encryptMany(items: Items<EncryptItem>, options: EncryptManyOptions): AsyncGenerator<EncryptedItem, void, undefined>;
  /** As encryptMany, back. */
  decryptMany(items: Items<DecryptItem>, options?: DecryptManyOptions): AsyncGenerator<DecryptedItem, void, undefined>;
  /** As encryptMany, from one key or context to another. The plaintexts do not leave the server. */
  reEncryptMany(items: Items<ReEncryptItem>, options: ReEncryptManyOptions): AsyncGenerator<ReEncryptedItem, void, undefined>;
  /** Ends the connection; a program does not exit by itself before that. */
  close(): void;
}

export interface ConnectOptions extends CredentialOptions {
  /** `host:port` or `unix:/path`; default 127.0.0.1:50051. */
  readonly address?: string;
  /** How long a call may take unless it says otherwise, in milliseconds; default 30 000. */
  readonly timeoutMs?: number;
}

/**
 * A client of the Latchkey server at `address`. Connects with the first call, and again whenever the connection was lost. Calls about
 * one item send the checksum of their payload and verify those that come back. The messages of batches have no checksums, and
 * `encryptMany`, `decryptMany` and `reEncryptMany` send batches.
 * Functions fail with TypeError for options and fields that they do not have, and `connect` with CredentialsError for files with tokens
 * and certificates that cannot be used.
 */
export function connect(connection: ConnectOptions = {}): Latchkey {
  refuseUnknownNames('connect', connection, connectNames);
  const { address = defaultAddress, timeoutMs = 30_000 } = connection;
  if (!isAddress(address)) throw new TypeError(`"${address}" is not an address: give host:port or unix:/path.`);
  const protocol = loadProtocol();
  const { channel, options: secureOptions, metadata } = connectionCredentials(address, connection);
  const client = new Client(address, channel, { ...channelOptions, ...secureOptions });
  const callable = { client, metadata, protocol, timeoutMs };
  const exchange = new Exchange({ client, metadata, protocol, maxReplyBytes: greatestReplyBytes });
  const parts = { exchange, protocol, timeoutMs };
  return {
    crypto: promiseClient(protocol.crypto, callable),
    keys: promiseClient(protocol.keys, callable),
    access: promiseClient(protocol.access, callable),
    server: promiseClient(protocol.server, callable),
    encryptMany: (items, options) => encryptMany(items, options, parts),
    decryptMany: (items, options = {}) => decryptMany(items, options, parts),
    reEncryptMany: (items, options) => reEncryptMany(items, options, parts),
    close: () => {
      exchange.close();
      client.close();
    },
  };
}

const connectNames = { address: true, timeoutMs: true, token: true, tls: true } satisfies Record<keyof ConnectOptions, true>;

const channelOptions = {
  // grpc-js's own limit is 4 MiB.
  'grpc.max_receive_message_length': greatestReplyBytes,
  // Two minutes by default: longer than anything that is sent again would wait for a server that restarts.
  'grpc.max_reconnect_backoff_ms': 5_000,
  // Plaintext gRPC to this machine must not go through the proxy that `http_proxy` names.
  'grpc.enable_http_proxy': 0,
};
