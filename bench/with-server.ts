import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Latchkey, connect } from '../src/client/connect.ts';
import { cores } from './machine.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface Bench {
  /** For files, removed afterwards. */
  readonly directory: string;
  readonly server: ServerProcess;
  readonly latchkey: Latchkey;
}

export interface BenchOptions {
  readonly nodeOptions?: readonly string[];
  /** Makes what the server needs in the directory, and answers its environment. */
  readonly prepare?: (directory: string) => Promise<Readonly<Record<string, string>>>;
}

/** Measures a server of its own, on a core of its own. */
export async function withServer<T>(measure: (bench: Bench) => Promise<T>, options: BenchOptions = {}): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const { nodeOptions, prepare = () => Promise.resolve({}) } = options;
  const server = await startServer(directory, cores().server, { nodeOptions, env: await prepare(directory) });
  const latchkey = connect({ address: server.address, token: server.token });
  try {
    return await measure({ directory, server, latchkey });
  } finally {
    latchkey.close();
    await server.stop();
    await rm(directory, { recursive: true });
  }
}
