import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Answer, Listening, Question } from './server-messages.ts';

/** server.ts, running. It must not end by itself: that would throw where nobody catches it. */
export interface ServerProcess {
  readonly pid: number;
  /** `host:port` of the service's first listener. */
  readonly address: string;
  /** Of all its listeners, in order. */
  readonly addresses: readonly string[];
  readonly metricsAddress: string;
  /** Of its administrator. */
  readonly token: string;
  /** `host:port` of the empty handler. */
  readonly emptyAddress: string;
  /** `host:port` of the same with the transport of the service. */
  readonly bulkAddress: string;
  /** CPU time that the server has used so far. */
  cpuMicroseconds(): Promise<number>;
  answerEmptyWith(replyBytes: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly nodeOptions?: readonly string[] | undefined;
  /** Further environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts on free ports, with an empty store in `directory`, pinned to `core`. */
export async function startServer(
  directory: string,
  core: string,
  { nodeOptions = [], env = {} }: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const node = [process.execPath, ...nodeOptions, join(import.meta.dirname, 'server.ts')];
  const server = spawn('taskset', ['-c', core, ...node], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      ...settings,
      LATCHKEY_DATA_DIR: join(directory, 'data'),
      LATCHKEY_SECRETS_DIR: join(directory, 'secrets'),
      ...env,
    },
  });
  const crashed = (code: number | null): never => {
    throw new Error(`The server ended with exit code ${code}.`);
  };
  server.once('exit', crashed);
  const [{ emptyAddress, bulkAddress }, ready] = await Promise.all([listening(server), readyLine(server)]);

  async function ask(question: Question): Promise<Answer> {
    const answered = once(server, 'message');
    server.send(question);
    const [answer] = (await answered) as [Answer];
    return answer;
  }

  if (server.pid === undefined) throw new Error('The server has no process.');
  return {
    pid: server.pid,
    address: ready.grpc[0],
    addresses: ready.grpc,
    metricsAddress: ready.metrics,
    token: (await readFile(join(directory, 'secrets', 'admin.token'), 'utf8')).trim(),
    emptyAddress,
    bulkAddress,
    cpuMicroseconds: async () => (await ask({})).cpuMicroseconds,
    answerEmptyWith: async (emptyReplyBytes) => {
      await ask({ emptyReplyBytes });
    },
    stop: async () => {
      server.off('exit', crashed);
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      if (code !== 0) crashed(code);
    },
  };
}

async function listening(server: ChildProcess): Promise<Listening> {
  const [message] = (await once(server, 'message')) as [Listening];
  return message;
}

interface ReadyLine {
  readonly grpc: readonly [string, ...string[]];
  readonly metrics: string;
}

/** Reads the server's log on to its end, so that it is never kept waiting by a full pipe. */
function readyLine({ stdout }: ChildProcess): Promise<ReadyLine> {
  if (stdout === null) throw new Error('The server has no output.');
  const { promise, resolve } = Promise.withResolvers<ReadyLine>();
  createInterface(stdout).on('line', (line) => {
    if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as ReadyLine);
    else if (/"level":[56]0/.test(line)) process.stderr.write(`${line}\n`);
  });
  return promise;
}

const settings = { LATCHKEY_GRPC_ADDRESS: '127.0.0.1:0', LATCHKEY_METRICS_ADDRESS: '127.0.0.1:0' };
