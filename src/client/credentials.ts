import { type ChannelCredentials, type ChannelOptions, credentials as grpc } from '@grpc/grpc-js';
import { hostOf, isLocalAddress } from './address.ts';
import { foundTls, foundToken } from './credential-files.ts';
import { type TlsOptions, secureChannel } from './tls.ts';
import { type CallMetadata, type TokenSource, callMetadata, requireToken } from './token.ts';

/** How a connection says who calls, and to whom it speaks. */
export interface CredentialOptions {
  /**
   * An access token or a JWT, or a function that answers one and is asked before every call. By default that of `LATCHKEY_TOKEN`, of the
   * file `LATCHKEY_TOKEN_FILE`, or, for a server on the loopback, of `secrets/admin.token` (in `LATCHKEY_SECRETS_DIR`).
   */
  readonly token?: TokenSource;
  /**
   * `true` for TLS with the authorities that the system trusts. By default the files that `LATCHKEY_CA`, `LATCHKEY_CERTIFICATE` and
   * `LATCHKEY_KEY` name; without them the connection is in the clear, and no token is sent to another machine.
   */
  readonly tls?: true | TlsOptions;
}

export interface ConnectionCredentials {
  readonly channel: ChannelCredentials;
  readonly options: ChannelOptions;
  readonly metadata: CallMetadata;
}

/** Throws TypeError for options that do not do, CredentialsError for files that do not. */
export function connectionCredentials(address: string, given: CredentialOptions): ConnectionCredentials {
  const tls = given.tls ?? foundTls(address, {}, process.env);
  const isCertified = typeof tls === 'object' && tls.certificate !== undefined;
  // Who has a certificate for this connection has said who they are.
  const token = given.token ?? (isCertified ? undefined : foundToken(address, process.env));
  if (typeof token === 'string') requireToken(token);
  else if (token !== undefined && typeof token !== 'function')
    throw new TypeError('token: give a text, or a function that answers one.');
  if (token !== undefined && tls === undefined && !isLocalAddress(address)) {
    throw new TypeError(`A token is not sent to ${address} in the clear: connect with tls, or to a server of this machine.`);
  }
  const metadata = callMetadata(token);
  if (tls === undefined) return { channel: grpc.createInsecure(), options: {}, metadata };
  return { ...secureChannel(tls, hostOf(address)), metadata };
}
