import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsSettings } from '../../src/tls/tls-settings.ts';
import type { Authority, Certificate } from './certificates.ts';

/** A folder with the files of a listener, as an operator keeps them. */
export interface TlsFolder {
  readonly path: string;
  readonly settings: TlsSettings;
  write(files: TlsFolderFiles): void;
  remove(): void;
}

export interface TlsFolderFiles {
  readonly server?: Certificate;
  readonly clientCa?: readonly Authority[];
}

export interface TlsChoices {
  readonly minVersion?: '1.2' | '1.3';
  readonly clientCertificate?: 'required' | 'optional';
}

export function makeTlsFolder(
  files: TlsFolderFiles,
  { minVersion = '1.3', clientCertificate = 'required' }: TlsChoices = {},
): TlsFolder {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-tls-'));
  const at = (file: string) => join(path, file);
  const write = ({ server, clientCa }: TlsFolderFiles): void => {
    if (server !== undefined) {
      writeFileSync(at('tls.crt'), server.certificate);
      writeFileSync(at('tls.key'), server.key, { mode: 0o600 });
    }
    if (clientCa !== undefined) writeFileSync(at('ca.crt'), clientCa.map(({ certificate }) => certificate).join(''));
  };
  write(files);
  const clients = files.clientCa === undefined ? undefined : { ca: at('ca.crt'), certificate: clientCertificate };
  return {
    path,
    settings: { setting: 'listeners[0].tls', certificate: at('tls.crt'), key: at('tls.key'), minVersion, clients },
    write,
    remove: () => rmSync(path, { recursive: true }),
  };
}
