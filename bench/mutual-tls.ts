import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlsOptions } from '../src/client/connect.ts';
import { localhostNames, makeCa, removeCertificates } from '../test/tls/certificates.ts';

/** PEM files. */
export interface TlsFiles {
  /** The folder of all. */
  readonly folder: string;
  /** Of the authority that both certificates are from. */
  readonly authority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** What is in `folder` after `writeTlsFiles`. */
export function tlsFiles(folder: string): TlsFiles {
  const at = (name: string) => join(folder, name);
  return {
    folder,
    authority: at('ca.pem'),
    serverCertificate: at('server.pem'),
    serverKey: at('server.key'),
    clientCertificate: at('client.pem'),
    clientKey: at('client.key'),
  };
}

/** Makes the folder, an authority, a certificate for localhost, and one for a client with that one DNS name. */
export async function writeTlsFiles(folder: string, clientName: string): Promise<TlsFiles> {
  const files = tlsFiles(folder);
  const authority = makeCa('benchmark');
  try {
    const server = authority.issue({ san: localhostNames });
    const client = authority.issue({ san: [`DNS:${clientName}`] });
    await mkdir(folder);
    await writeFile(files.authority, authority.certificate);
    await writeFile(files.serverCertificate, server.certificate);
    await writeFile(files.serverKey, server.key, { mode: 0o600 });
    await writeFile(files.clientCertificate, client.certificate);
    await writeFile(files.clientKey, client.key, { mode: 0o600 });
  } finally {
    removeCertificates();
  }
  return files;
}

/** For a client with its certificate. */
export async function clientTls({ authority, clientCertificate, clientKey }: TlsFiles): Promise<TlsOptions> {
  return { ca: await readFile(authority), certificate: await readFile(clientCertificate), key: await readFile(clientKey) };
}
