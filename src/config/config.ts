import type { ArnScope } from '../keys/arn.ts';
import type { LogLevel } from '../log.ts';

/** Everything that can be set. Paths are absolute. */
export interface Config {
  readonly listeners: readonly Listener[];
  readonly metrics: MetricsSettings;
  readonly identities: IdentitySettings;
  readonly dataDirectory: string;
  /** Never inside the data directory, so that a copy of the data is not a copy of the key. */
  readonly secretsDirectory: string;
  readonly scope: ArnScope;
  readonly logLevel: LogLevel;
  readonly shutdownGraceMs: number;
  readonly maxPlaintextBytes: number;
  readonly maxMessageBytes: number;
  readonly maxInFlightBytes: number;
  readonly maxConnectionAgeMs: number;
  /** The most rotations on demand in a key's life; absent: no limit. */
  readonly maxOnDemandRotations?: number;
  /** The configuration file, if there is one, and where it sets what: `listeners[0].tls` → `latchkey.yaml:4:5`. */
  readonly file?: { readonly path: string; readonly places: ReadonlyMap<string, string> };
}

/** Where calls are taken. */
export type Listener = TcpListener | UnixListener;

export interface TcpListener {
  readonly kind: 'tcp';
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** What messages call the setting that the address is from. */
  readonly setting: string;
  readonly tls: (ListenerTls & NamedSetting) | undefined;
}

export interface UnixListener {
  readonly kind: 'unix';
  /** `unix:/path` */
  readonly address: string;
  readonly setting: string;
  /** Who calls through the socket, which only the server's own user can open. */
  readonly principal: SocketPrincipal;
}

/** A setting that is found wrong only when its files are read. */
export interface NamedSetting {
  /** What messages call it. */
  readonly setting: string;
}

export type SocketPrincipal = 'administrator' | 'root';

export interface ServerTls {
  /** Path of a PEM file, the server's own certificate first. */
  readonly certificate: string;
  /** Path of a PEM file. */
  readonly key: string;
  readonly minVersion: TlsVersion;
}

export interface ListenerTls extends ServerTls {
  /** Absent: clients are asked for no certificate. */
  readonly clients: ClientCertificates | undefined;
}

export interface ClientCertificates {
  /** Path of a PEM file of the authorities that clients' certificates are from. */
  readonly ca: string;
  readonly certificate: ClientCertificate;
}

export type ClientCertificate = 'required' | 'optional';
export type TlsVersion = '1.2' | '1.3';

export interface MetricsSettings {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** What messages call the setting that the address is from. */
  readonly setting: string;
  readonly tls: (ServerTls & NamedSetting) | undefined;
  /** Whether other machines may read the metrics without TLS. */
  readonly allowPlaintext: boolean;
}

export interface IdentitySettings {
  readonly certificates: {
    /** The first rule that a certificate matches names its principal. */
    readonly mapping: readonly CertificateRule[];
    /** Path of the file of certificates and principals that are refused. */
    readonly denyList: string | undefined;
  };
  readonly oidc: readonly OidcIssuer[];
}

/** Which subject alternative names of certificates stand for which principal: one of them, or all with a prefix, whose remainder is the name. */
export type CertificateRule =
  { readonly san: SanKind; readonly equals: string; readonly name: string } | { readonly san: SanKind; readonly prefix: string };

export type SanKind = 'uri' | 'dns' | 'email';

/** An issuer of the tokens that callers may bring. */
export interface OidcIssuer {
  /** In the names of its principals. */
  readonly name: string;
  /** What `iss` of a token must be, to the letter. */
  readonly issuer: string;
  /** Of which `aud` of a token must have one. */
  readonly audiences: readonly string[];
  /** Which `alg` of a token are accepted. */
  readonly algorithms: readonly JwsAlgorithm[];
  readonly keys: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'url'; readonly url: string };
  /** What else a token must say; all must hold. */
  readonly claims: readonly ClaimRule[];
  /** How far the issuer's clock may be from this one. */
  readonly clockSkewSeconds: number;
  /** The claim that names the principal. */
  readonly nameClaim: string;
}

/** What a claim must be: this, or anything that begins with it. */
export type ClaimRule = { readonly claim: string; readonly equals: string } | { readonly claim: string; readonly prefix: string };

export type JwsAlgorithm = (typeof jwsAlgorithms)[number];

/** The asymmetric signatures of RFC 7518 §3.1 and RFC 8037: an HMAC would need a secret that issuer and server share. */
export const jwsAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;
