import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type PeerCertificate, type SecureContext, checkServerIdentity, createSecureContext, getCACertificates } from 'node:tls';
import { type ChannelCredentials, type ChannelOptions, credentials } from '@grpc/grpc-js';
import { type KnownNames, refuseUnknownNames } from './known-names.ts';

/** How a connection is secured. PEM texts, not paths. */
export interface TlsOptions {
  /** The authorities that vouch for the server; by default those that the system trusts. */
  readonly ca?: Pem;
  /** The client's certificate, with those of intermediate authorities behind it, where the server identifies clients by it. */
  readonly certificate?: Pem;
  /** The private key of that certificate. */
  readonly key?: Pem;
  /** What the server's certificate has to name, where that is not the host of the address. */
  readonly serverName?: string;
}

export type Pem = string | Buffer;

/** For a connection to `host`. Throws TypeError for what is not PEM, or does not belong together. */
export function secureChannel(tls: true | TlsOptions, host: string): SecureChannel {
  const given = tls === true ? {} : tls;
  refuseUnknownNames('tls', given, tlsNames);
  const { ca, certificate, key, serverName } = given;
  if ((certificate === undefined) !== (key === undefined)) throw new TypeError('tls: certificate and key go together.');
  requireCertificates('ca', ca);
  requireCertificates('certificate', certificate);
  const context = secureContext({ ca: ca ?? systemAuthorities(), cert: certificate, key });
  const wanted = serverName ?? host;
  if (isIP(wanted) === 0) return { channel: credentials.createFromSecureContext(context), options: named(serverName) };
  // An address is no name that TLS could ask for (RFC 6066 §3), so it asks for another and the certificate is checked for the address.
  const checkAddress = (_: string, presented: PeerCertificate) => checkServerIdentity(wanted, presented);
  const channel = credentials.createFromSecureContext(context, { checkServerIdentity: checkAddress });
  return { channel, options: named('localhost') };
}

export interface SecureChannel {
  readonly channel: ChannelCredentials;
  readonly options: ChannelOptions;
}

function named(serverName: string | undefined): ChannelOptions {
  if (serverName === undefined) return {};
  return { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName };
}

function secureContext({ ca, cert, key }: { ca: Pem | string[]; cert: Pem | undefined; key: Pem | undefined }): SecureContext {
  const own = cert === undefined || key === undefined ? {} : { cert, key };
  try {
    return createSecureContext({ ca, ...own });
  } catch (cause) {
    throw new TypeError(`tls: what was given as PEM cannot be used: ${String(cause)}.`, { cause });
  }
}

/** Node passes over what is no certificate, and the connection would be refused for another reason later. */
function requireCertificates(option: string, pem: Pem | undefined): void {
  if (pem === undefined) return;
  const found = String(pem).match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    if (found.map((text) => new X509Certificate(text)).length > 0) return;
  } catch (cause) {
    throw new TypeError(`tls.${option}: there is a certificate that cannot be read.`, { cause });
  }
  throw new TypeError(`tls.${option}: there is no certificate in PEM.`);
}

/** With those of NODE_EXTRA_CA_CERTS. */
function systemAuthorities(): string[] {
  const authorities = [...getCACertificates('system'), ...getCACertificates('extra')];
  if (authorities.length === 0) throw new TypeError('tls: the system trusts no authorities; give the one of the server as ca.');
  return authorities;
}

const tlsNames = { ca: true, certificate: true, key: true, serverName: true } satisfies Record<keyof TlsOptions, true> & KnownNames;
