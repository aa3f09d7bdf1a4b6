import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Load {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  readonly path: string;
  /** `name: value`, beside those that every call of gRPC has. */
  readonly headers: readonly string[];
  /** File with the body of every request. */
  readonly bodyFile: string;
  /** File for a line about each request that ended. */
  readonly logFile: string;
  readonly connections: number;
  readonly streams: number;
  readonly rate: number | undefined;
  readonly durationSeconds: number;
}

/** What h2load says at its end. It does not look at grpc-status, so that an error of gRPC is a success here. */
export interface Offered {
  readonly started: number;
  readonly succeeded: number;
  /** Requests that broke off: a lost connection, a reset stream. */
  readonly broken: number;
  /** Bytes of gRPC frames that came back. */
  readonly receivedBytes: number;
}

/** Throws when h2load cannot be run, says nothing or does not end in time; AbortError when `signal` ended it. */
export async function runH2load(load: Load, signal: AbortSignal): Promise<Offered> {
  const timeout = (load.durationSeconds + graceSeconds) * 1000;
  try {
    const { stdout } = await promisify(execFile)('h2load', argumentsFor(load), { signal, timeout, maxBuffer: 16 * 1024 * 1024 });
    return parseOutput(stdout);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Error('h2load is not installed: it is in the Debian package nghttp2-client.', { cause: error });
    if (error instanceof Error && 'killed' in error && error.killed === true)
      throw new Error(`h2load did not end ${graceSeconds} s after its time and was ended.`, { cause: error });
    throw error;
  }
}

export function argumentsFor(load: Load): readonly string[] {
  const isSocket = load.address.startsWith('unix:');
  return [
    `--duration=${load.durationSeconds}`,
    `--clients=${load.connections}`,
    `--max-concurrent-streams=${load.streams}`,
    // h2load takes the rate of one connection.
    ...(load.rate === undefined ? [] : [`--rps=${load.rate / load.connections}`]),
    `--data=${load.bodyFile}`,
    `--log-file=${load.logFile}`,
    '--header=content-type: application/grpc',
    '--header=te: trailers',
    ...load.headers.map((header) => `--header=${header}`),
    ...(isSocket ? [`--base-uri=${load.address}`] : []),
    `http://${isSocket ? 'localhost' : load.address}${load.path}`,
  ];
}

/** Throws when the output is not that of a run that went to its end. */
export function parseOutput(output: string): Offered {
  const requests =
    /^requests: \d+ total, (\d+) started, \d+ done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout$/m.exec(output);
  const traffic = /\((\d+)\) data$/m.exec(output);
  if (requests === null || traffic === null) throw new Error(`h2load did not get to its end:\n${output}`);
  const [started = 0, succeeded = 0, failed = 0] = requests.slice(1).map(Number);
  // h2load counts what errored and timed out among what failed.
  return { started, succeeded, broken: failed, receivedBytes: Number(traffic[1]) };
}

/** For h2load to connect, and to end. */
const graceSeconds = 30;
