import type { X509Certificate } from 'node:crypto';

/** All that a call has to say who calls. */
export interface Credentials {
  /** The values of its metadata `authorization`. */
  readonly authorization: readonly string[];
  readonly connection: Connection;
}

/** What the connection says. One object for each connection, as long as it lasts. */
export interface Connection {
  /** The address that it came to, as it was configured: `host:port` or `unix:/path`. */
  readonly listener: string;
  /** Absent on a Unix socket. */
  readonly remoteAddress: string | undefined;
  readonly isEncrypted: boolean;
  /** The client's, verified. Absent when it has shown none. */
  readonly certificate: X509Certificate | undefined;
}
