/** TLS of one listener. Paths are absolute; files are PEM. */
export interface TlsSettings {
  /** What the operator calls it: `listeners[0].tls`. */
  readonly setting: string;
  /** The server's certificate, and behind it those of its intermediate authorities. */
  readonly certificate: string;
  readonly key: string;
  readonly minVersion: '1.2' | '1.3';
  /** Absent: no client is asked for a certificate. */
  readonly clients?: ClientSettings | undefined;
}

export interface ClientSettings {
  /** The authorities of their certificates, with their roots. */
  readonly ca: string;
  /** Whether one may come without. A certificate that does not verify is refused in any case. */
  readonly certificate: 'required' | 'optional';
}
