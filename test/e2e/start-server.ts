import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real server in a process of its own, on free ports and in a folder of its own. */
export interface RunningServer {
  /** `host:port` or `unix:/path` of each gRPC listener; the first is the one to use. */
  readonly addresses: readonly string[];
  readonly address: string;
  /** `host:port`. */
  readonly metricsAddress: string;
  /** Of the administrator that the first start in this home made; '' when it made none. */
  readonly token: string;
  readonly dataDirectory: string;
  readonly secretsDirectory: string;
  readonly process: ChildProcess;
  /** Every line of the log so far. */
  readonly log: readonly string[];
  /** SIGTERM, then waits for the end. Answers the exit code; throws when the process crashed. */
  stop(): Promise<number>;
  /** kill -9, then waits for the end. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  /** Holds `data` and `secrets`, and is where the server runs; a new temporary one by default, which the caller removes with `removeHome`. */
  readonly home?: string;
  /** Options of Node; by default those that script/server gives. */
  readonly nodeOptions?: readonly string[];
  /** Arguments of the server. */
  readonly args?: readonly string[];
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the compiled server and waits until it says that it is ready. Throws what it said when it ends before that. */
export async function startServer({
  home,
  nodeOptions = ['--disable-sigusr1'],
  args = [],
  env = {},
}: ServerOptions = {}): Promise<RunningServer> {
  const directory = home ?? (await mkdtemp(join(tmpdir(), 'latchkey-e2e-')));
  const dataDirectory = join(directory, 'data');
  const secretsDirectory = join(directory, 'secrets');
  await mkdir(directory, { recursive: true });
  const child = spawn(process.execPath, [...nodeOptions, join(import.meta.dirname, '../../dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Where a server keeps what no setting says where to keep.
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      LATCHKEY_GRPC_ADDRESS: '127.0.0.1:0',
      LATCHKEY_METRICS_ADDRESS: '127.0.0.1:0',
      LATCHKEY_DATA_DIR: dataDirectory,
      LATCHKEY_SECRETS_DIR: secretsDirectory,
      ...env,
    },
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const log: string[] = [];
  const ready = await readUntilReady(child, log);
  if (ready === undefined) throw new Error(`The server ended before it was ready:\n${log.join('\n')}`);
  const [address] = ready.grpc;
  if (address === undefined) throw new Error('The server is ready without a listener.');
  return {
    addresses: ready.grpc,
    address,
    metricsAddress: ready.metrics,
    token: await readFile(join(secretsDirectory, 'admin.token'), 'utf8').then(
      (text) => text.trim(),
      () => '',
    ),
    dataDirectory,
    secretsDirectory,
    process: child,
    log,
    stop: async () => {
      child.kill('SIGTERM');
      const [code, signal] = await ended;
      if (code === null) throw new Error(`The server crashed with ${signal}:\n${log.join('\n')}`);
      return code;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs the server where it is expected to refuse; answers its exit code and what it said. */
export async function runServerToItsEnd(
  options: ServerOptions,
): Promise<{ readonly code: number | null; readonly output: string }> {
  try {
    const server = await startServer(options);
    await server.stop();
    return { code: 0, output: server.log.join('\n') };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = /exit code (\d+)/.exec(error.message)?.[1];
    return { code: code === undefined ? null : Number(code), output: error.message };
  }
}

export async function removeHome({ dataDirectory }: Pick<RunningServer, 'dataDirectory'>): Promise<void> {
  await rm(join(dataDirectory, '..'), { recursive: true, force: true });
}

interface ReadyLine {
  readonly grpc: readonly string[];
  readonly metrics: string;
}

async function readUntilReady(child: ChildProcess, log: string[]): Promise<ReadyLine | undefined> {
  const { promise, resolve } = Promise.withResolvers<ReadyLine | undefined>();
  const listen = (stream: ChildProcess['stdout']): void => {
    if (stream === null) throw new Error('The server has no output.');
    createInterface(stream).on('line', (line) => {
      log.push(line);
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as ReadyLine);
    });
  };
  listen(child.stdout);
  listen(child.stderr);
  child.once('close', (code) => {
    log.push(`exit code ${code}`);
    resolve(undefined);
  });
  return promise;
}
