import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Where calls go and what they carry. */
export interface Target {
  /** `host:port`. */
  readonly address: string;
  /** `/package.Service/Method`. */
  readonly method: string;
  /** A file that holds the gRPC frame of every request. */
  readonly body: string;
  /** Of the caller; none for a handler that asks for none. A server that is measured has it to itself, and no secrets. */
  readonly token?: string;
  /** `name: value`, beside those of gRPC. */
  readonly headers?: readonly string[];
}

export interface Load {
  readonly calls: number;
  readonly connections: number;
  /** Calls in flight per connection. */
  readonly streams: number;
  /** The core that the load is pinned to. */
  readonly core: string;
  /** Calls begun per second and connection, however long they take; as fast as they are answered when not given. */
  readonly perSecond?: number;
}

export interface Background {
  /** Ends the load at once, whatever is on its way. */
  stop(): Promise<void>;
}

/** Makes the calls and answers how many bytes of gRPC frames came back: h2load takes an error of gRPC for a success. */
export async function offerLoad(target: Target, load: Load): Promise<number> {
  const output = await h2load(target, load);
  const bytes = /\((\d+)\) data$/m.exec(output)?.[1];
  if (bytes === undefined || !output.includes(` ${load.calls} succeeded, 0 failed, 0 errored`))
    throw new Error(`Not every call was served:\n${output}`);
  return Number(bytes);
}

/** Makes one call after the other until it is stopped. */
export function keepBusy(target: Target, core: string): Background {
  const stopping = new AbortController();
  const calling = h2load(target, { calls: 1_000_000, connections: 1, streams: 1, core }, { signal: stopping.signal });
  const ended = calling.then(
    () => false,
    () => stopping.signal.aborted,
  );
  return {
    stop: async () => {
      stopping.abort();
      if (!(await ended)) throw new Error('The load in the background ended by itself.');
    },
  };
}

/** Makes the calls and answers how long each took, in microseconds. `logFile` is overwritten. */
export async function timeCalls(target: Target, load: Load, logFile: string): Promise<readonly number[]> {
  await h2load(target, load, { logFile });
  // Lines of start, HTTP status and duration; h2load appends.
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-load.calls);
  return lines.map((line) => Number(line.split('\t')[2]));
}

async function h2load(
  { address, method, body, token, headers = [] }: Target,
  { calls, connections, streams, core, perSecond }: Load,
  { logFile, signal }: { readonly logFile?: string; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const size = ['-n', calls, '-c', connections, '-m', streams].map(String);
  const options = [
    ...(perSecond === undefined ? [] : [`--rps=${perSecond}`]),
    ...(logFile === undefined ? [] : [`--log-file=${logFile}`]),
  ];
  const authorization = token === undefined ? [] : [`authorization: Bearer ${token}`];
  const sent = ['content-type: application/grpc', 'te: trailers', ...authorization, ...headers];
  const request = [`--data=${body}`, ...sent.flatMap((header) => ['-H', header]), `http://${address}${method}`];
  const command = ['taskset', '-c', core, 'h2load', ...size, ...options, ...request];
  const { stdout } = await promisify(execFile)('timeout', [String(mostSeconds), ...command], { signal });
  return stdout;
}

/** A load ends by itself, whatever becomes of this process. */
const mostSeconds = 120;
