/** TLS of one listener. Paths are absolute; files are PEM. */
export interface TlsSettings {
  /** What the operator calls it: `listeners[0].tls`. */
  readonly setting: string;
  /** The server's certificate, and behind it those of its intermediate authorities. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities of clients' certificates, with their roots. Without it no client is asked for one. */
  readonly clientCa?: string;
  /** Whether a client may come without a certificate. One that does not verify is refused in any case. */
  readonly clientCertificate?: 'required' | 'optional';
  readonly minVersion?: '1.2' | '1.3';
}
