import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly address?: string;
  /** What to call with. */
  readonly token?: string;
  /** What stdin holds; without it, stdin is empty. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Further variables; those of this process that begin with `LATCHKEY_` are not passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program; by default from the sources. */
  readonly main?: string;
}

export const mainPath = join(import.meta.dirname, '../../src/cli/main.ts');
export const compiledMainPath = join(import.meta.dirname, '../../dist/cli/main.js');

/** Runs the command line as its own process, from the sources, and waits for its end. Fails when it does not end within 20 s. */
export async function runCli(
  args: readonly string[],
  { address, token, input = '', cwd, env = {}, main = mainPath }: RunOptions = {},
): Promise<Ended> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LATCHKEY_')));
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      NODE_COMPILE_CACHE: compileCache,
      ...environment,
      ...(address === undefined ? {} : { LATCHKEY_ADDRESS: address }),
      ...(token === undefined ? {} : { LATCHKEY_TOKEN: token }),
      ...env,
    },
    timeout: 20_000,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that ends without reading closes the pipe first.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const stdoutBytes = Buffer.concat(stdout);
  return { exitCode, stdout: stdoutBytes.toString(), stdoutBytes, stderr: Buffer.concat(stderr).toString() };
}

/** Type stripping takes most of a start from the sources; its results are kept between the runs. */
const compileCache = join(tmpdir(), 'latchkey-test-compile-cache');
