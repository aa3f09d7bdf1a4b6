import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Load } from './h2load.ts';
import type { TlsFiles } from './mutual-tls.ts';

/** Where calls go over mutual TLS, and what they carry. */
export interface TlsTarget {
  /** `host:port`; the host is one that the server's certificate is for. */
  readonly address: string;
  /** `/package.Service/Method`. */
  readonly method: string;
  /** A file that holds the gRPC frame of every request. */
  readonly body: string;
  readonly files: TlsFiles;
}

export type TlsLoad = Pick<Load, 'calls' | 'connections' | 'streams' | 'core'>;

/**
 * Makes the calls and answers how many bytes of gRPC frames came back; throws when one does not end in OK. By a process of Node:
 * h2load has no certificate to show.
 */
export async function offerTlsLoad(target: TlsTarget, { core, ...load }: TlsLoad): Promise<number> {
  const command = ['taskset', '-c', core, process.execPath, join(import.meta.dirname, 'tls-caller.ts')];
  const { stdout } = await promisify(execFile)('timeout', [
    String(mostSeconds),
    ...command,
    JSON.stringify({ ...target, ...load }),
  ]);
  return Number(stdout);
}

/** A load ends by itself, whatever becomes of this process. */
const mostSeconds = 120;
