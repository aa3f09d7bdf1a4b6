import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { Refusal, serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { mainPath, runCli } from './run-cli.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serving(answers: Answers): Promise<string> {
  const { address, stop } = await serve(answers);
  cleanups.push(stop);
  return address;
}

function refusing(...refusal: ConstructorParameters<typeof Refusal>): () => never {
  return () => {
    throw new Refusal(...refusal);
  };
}

async function deadAddress(): Promise<string> {
  const { address, stop } = await serve({});
  stop();
  return address;
}

describe('exit code', () => {
  test('0: done', async () => {
    expect(await runCli(['version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^latchkey \d+\.\d+\.\d+\n$/) as string,
    });
  });

  test('1: a bug in the server', async () => {
    const address = await serving({ ListKeys: refusing('INTERNAL', 'The call failed for a reason of the server.') });
    expect(await runCli(['keys', 'list'], { address })).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test.each([
    [[], 'Name a command'],
    [['encrpt'], "Unknown command 'encrpt' (Did you mean encrypt?)"],
    [['keys', 'lst'], "Unknown command 'lst' (Did you mean list?)"],
    [['keys', 'list', '--limt', '1'], "Unknown option '--limt' (Did you mean --limit?)"],
    [['keys', 'list', 'more'], 'Too many arguments'],
    [['keys', 'describe'], 'Name the key'],
    [['keys', 'describe', 'k1', '--key', 'k2'], 'named twice'],
    [['keys', 'update-description', 'k1'], '--description'],
    [['encrypt'], '--key'],
    [['encrypt', '--key', 'k', '-c', 'tenant'], 'Give key=value'],
    [['encrypt', '--key', 'k', '-c', 'a=1', '-c', 'a=2'], 'given twice'],
    [['encrypt', '--key', 'k', '--raw', '--json'], 'exclude each other'],
    [['re-encrypt', '--key', 'k', '-c', 'a=1', '--source-context', 'b=2'], '--context is both contexts'],
    [['generate-data-key', '--key', 'k', '--spec', 'AES_256', '--bytes', '32'], 'cannot be used with'],
    [['generate-data-key', '--key', 'k', '--no-plaintext', '--plaintext-out', 'f'], 'leaves nothing'],
    [['generate-data-key', '--key', 'k', '--raw'], '--raw is about files'],
    [['random', '--bytes', '0'], 'from 1 to 1024'],
    [['random', '--bytes', '1025'], 'from 1 to 1024'],
    [['keys', 'list', '--limit', '-1'], 'from 1'],
    [['keys', 'list', '--address', 'http://localhost'], 'Give host:port'],
  ])('2: wrong usage: %j', async (args, why) => {
    const ended = await runCli(args);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(why);
  });

  test('3: refused by the server, with reason and cure', async () => {
    const address = await serving({ Encrypt: refusing('FAILED_PRECONDITION', 'Key k1 is disabled.', { reason: 'KEY_DISABLED' }) });
    const ended = await runCli(['encrypt', '--key', 'k1'], { address, input: 'x' });
    expect(ended).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ended.stderr).toBe('latchkey: Key k1 is disabled. [KEY_DISABLED]\n  latchkey keys enable allows its use again.\n');
  });

  test('4: no server, with its address and how to start one', async () => {
    const address = await deadAddress();
    const ended = await runCli(['keys', 'list', '--address', address]);
    expect(ended).toMatchObject({ exitCode: 4, stdout: '' });
    expect(ended.stderr).toContain(`No server answers at ${address}.`);
    expect(ended.stderr).toContain('script/server');
  });

  test('4: no answer in time', async () => {
    const address = await serving({ ListKeys: () => new Promise(() => {}) });
    const ended = await runCli(['keys', 'list', '--timeout', '1'], { address });
    expect(ended).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('did not answer in time') as string });
  });

  test.each([
    [['encrypt', '--key', 'k', '--in', '/no/such/file'], 'Cannot read /no/such/file: no such file or directory.'],
    [['decrypt', '--in', '/'], 'Cannot read /: illegal operation on a directory.'],
    [['inspect', '--in', '/dev/null'], 'This is not a ciphertext of Latchkey. It has 0 bytes'],
    [['encrypt', '--key', 'k', '--in', '/dev/zero'], '/dev/zero is longer than'],
  ])('5: a file that cannot be used: %j', async (args, why) => {
    const ended = await runCli(args);
    expect(ended).toMatchObject({ exitCode: 5, stdout: '' });
    expect(ended.stderr).toContain(why);
  });

  test('5: an output file that cannot be written', async () => {
    const address = await serving({ GenerateRandom: () => ({}) });
    const ended = await runCli(['random', '--out', '/no/such/directory/file'], { address });
    expect(ended).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('Cannot write /no/such/directory/file') as string });
  });

  test('5: stdout is full', async () => {
    const ended = execFileSync('sh', ['-c', '"$1" "$2" version 2>&1 >/dev/full; echo "$?"', 'sh', process.execPath, mainPath], {
      encoding: 'utf8',
    });
    expect(ended).toBe('latchkey: Cannot write to stdout: no space left on device.\n5\n');
  });
});

describe('errors with --json', () => {
  test.each([
    [['encrpt', '--json'], { reason: 'USAGE', code: 'INVALID_ARGUMENT' }],
    [['--json', 'encrypt', '--key', 'k', '--in', '/no/such/file'], { reason: 'LOCAL_FILE', code: 'ENOENT' }],
  ])('are one line on stderr: %j', async (args, expected) => {
    const { stderr, stdout } = await runCli(args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stderr)).toEqual({ error: { ...expected, message: expect.any(String) as string, fieldViolations: [] } });
  });

  test('carry what the server said', async () => {
    const fieldViolations = [{ field: 'description', description: 'at most 8192 characters' }];
    const address = await serving({
      CreateKey: refusing('INVALID_ARGUMENT', 'Too long.', { reason: 'INVALID_REQUEST', fieldViolations }),
    });
    const { stderr, exitCode } = await runCli(['keys', 'create', '--json'], { address });
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toEqual({
      error: { reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', message: 'Too long.', fieldViolations },
    });
  });

  test('name an unreachable server', async () => {
    const { stderr } = await runCli(['keys', 'list', '--json'], { address: await deadAddress() });
    expect(JSON.parse(stderr)).toMatchObject({ error: { reason: 'UNREACHABLE', code: 'UNAVAILABLE' } });
  });
});

describe('the server', () => {
  test('is that of --address, else that of LATCHKEY_ADDRESS', async () => {
    const one = await serving({ GetServerInfo: () => ({ version: 'one' }) });
    const other = await serving({ GetServerInfo: () => ({ version: 'other' }) });
    expect((await runCli(['server-info'], { address: one })).stdout).toContain(`latchkey one at ${one}`);
    expect((await runCli(['server-info', '--address', other], { address: one })).stdout).toContain('latchkey other');
    expect((await runCli(['--address', other, 'server-info'], { address: one })).stdout).toContain('latchkey other');
  });
});

test('a reader that has enough ends the command quietly', async () => {
  const keys = Array.from({ length: 1000 }, (_, index) => ({ key_id: `key-${index}`, description: 'x'.repeat(1000) }));
  const address = await serving({ ListKeys: () => ({ keys }) });
  const script = 'set -o pipefail; "$1" "$2" keys list --address "$3" | head -c 3';
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script, 'bash', process.execPath, mainPath, address]);
  expect({ stdout, stderr }).toEqual({ stdout: 'KEY', stderr: '' });
});
