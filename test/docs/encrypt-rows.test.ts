import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../e2e/start-server.ts';
import { useServer } from '../e2e/using-server.ts';
import { fencedBlocks, readDocument, repositoryRoot } from './documents.ts';

/**
 * Runs "encrypt a million rows" with fewer. The Go example needs a toolchain that not everybody has:
 * test/docs/run-go-example.ts.
 */
const folder = mkdtempSync(join(tmpdir(), 'latchkey-rows-'));
const python = join(folder, 'encrypt_rows.py');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const examples = [
  ['Node', () => [process.execPath, join(repositoryRoot, 'examples/node/encrypt-rows.js')], /: row 1000\n.*: row 1001\n/],
  ['Python', preparePython, /: rows 1000\n(.*\n)*.*: rows 1001, 1002, /],
] as const;

describe.each(examples)('the %s example', (_, prepare, failures) => {
  const running = useServer();
  const strict = useServer({ env: { LATCHKEY_MAX_PLAINTEXT_BYTES: String('customer-999@example.com'.length) } });

  it('encrypts all rows, and they decrypt', async () => {
    const { code, stdout, stderr } = await runExample(await prepare(), running.server);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^2500 of 2500 rows in \d+\.\d\d s, \d+ rows\/s\n3 of 3 rows decrypt to what they were\n$/);
    expect(code).toBe(0);
  });

  it.each(['abc', '0', '-1', '1.5'])('refuses %s rows', async (rows) => {
    const { code, stdout, stderr } = await runExample(await prepare(), running.server, rows);
    expect(stderr).toMatch(/^usage: .*\[rows\]\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('names the rows that the server refuses, and encrypts the others', async () => {
    const { code, stdout, stderr } = await runExample(await prepare(), strict.server);
    expect(stderr).toMatch(/^Not encrypted, /);
    expect(stderr).toMatch(failures);
    expect(stdout).toMatch(/^999 of 2500 rows in .*\n1 of 1 rows decrypt to what they were\n$/);
    expect(code).toBe(1);
  });
});

/** Makes the stubs as README.md says. */
async function preparePython(): Promise<readonly string[]> {
  const [protoc = ''] = fencedBlocks(readDocument('README.md'), 'sh').flatMap(
    (block) => /^.*grpc_tools\.protoc.*$/m.exec(block) ?? [],
  );
  const command = protoc.replaceAll('examples/python', folder).replace(/^\s*python3/, interpreter);
  await promisify(execFile)('bash', ['-c', command], { cwd: repositoryRoot });
  copyFileSync(join(repositoryRoot, 'examples/python/encrypt_rows.py'), python);
  return [interpreter, python];
}

async function runExample(
  [program = '', ...args]: readonly string[],
  { address, token }: RunningServer,
  rows = '2500',
): Promise<Ended> {
  const options = { env: { ...process.env, LATCHKEY_ADDRESS: address, LATCHKEY_TOKEN: token } };
  try {
    return { code: 0, ...(await promisify(execFile)(program, [...args, rows], options)) };
  } catch (error) {
    // What execFile rejects with when a program ran and failed.
    if (error instanceof Error && 'code' in error && 'stdout' in error) return error as unknown as Ended;
    throw error;
  }
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The one that script/setup gives what the example needs. */
const interpreter = join(repositoryRoot, 'build/venv/bin/python3');
