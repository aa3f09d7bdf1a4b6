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
}

export interface Load {
  readonly calls: number;
  readonly connections: number;
  /** Calls in flight per connection. */
  readonly streams: number;
  /** The core that the load is pinned to. */
  readonly core: string;
}

/** Makes the calls and answers how many bytes of gRPC frames came back: h2load takes an error of gRPC for a success. */
export async function offerLoad(target: Target, load: Load): Promise<number> {
  const output = await h2load(target, load);
  const bytes = /\((\d+)\) data$/m.exec(output)?.[1];
  if (bytes === undefined || !output.includes(` ${load.calls} succeeded, 0 failed, 0 errored`))
    throw new Error(`Not every call was served:\n${output}`);
  return Number(bytes);
}

/** Makes the calls and answers how long each took, in microseconds. `logFile` is overwritten. */
export async function timeCalls(target: Target, load: Load, logFile: string): Promise<readonly number[]> {
  await h2load(target, load, `--log-file=${logFile}`);
  // Lines of start, HTTP status and duration; h2load appends.
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-load.calls);
  return lines.map((line) => Number(line.split('\t')[2]));
}

async function h2load(
  { address, method, body }: Target,
  { calls, connections, streams, core }: Load,
  ...options: readonly string[]
): Promise<string> {
  const size = ['-n', calls, '-c', connections, '-m', streams].map(String);
  const request = [`--data=${body}`, '-H', 'content-type: application/grpc', '-H', 'te: trailers', `http://${address}${method}`];
  const { stdout } = await promisify(execFile)('taskset', ['-c', core, 'h2load', ...size, ...options, ...request]);
  return stdout;
}
