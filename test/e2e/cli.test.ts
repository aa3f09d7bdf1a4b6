import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compiledMainPath, runCli } from '../cli/run-cli.ts';
import type { Ended, RunOptions } from '../cli/run-cli.ts';
import { useServer } from './using-server.ts';

/** Scripts as people write them, with the compiled command line and a real server. */

const using = useServer();
const directory = mkdtempSync(join(tmpdir(), 'latchkey-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A command that is expected to succeed and to say nothing on stderr. */
async function latchkey(args: readonly string[], input?: RunOptions['input']): Promise<Ended> {
  const ended = await attempt(args, input);
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  return ended;
}

async function attempt(args: readonly string[], input: RunOptions['input'] = ''): Promise<Ended> {
  return runCli(args, { address: using.server.address, token: using.server.token, cwd: directory, input, main: compiledMainPath });
}

async function newKey(...options: string[]): Promise<string> {
  const { stdout } = await latchkey(['keys', 'create', '--json', ...options]);
  return (JSON.parse(stdout) as { key_metadata: { key_id: string } }).key_metadata.key_id;
}

/** The reason in a refusal's JSON. */
async function refusal(args: readonly string[], input?: RunOptions['input']): Promise<string> {
  const ended = await attempt([...args, '--json'], input);
  expect(ended).toMatchObject({ exitCode: 3, stdout: '' });
  return (JSON.parse(ended.stderr) as { error: { reason: string } }).error.reason;
}

describe('encrypt and decrypt', () => {
  test('a round trip through pipes, with an alias and a context', async () => {
    await newKey('--description', 'Payments', '--alias', 'alias/payments');
    const plaintext = Buffer.from([0, 255, 10, ...Buffer.from('the secret\r\n')]);
    const { stdout: ciphertext } = await latchkey(
      ['encrypt', '--key', 'alias/payments', '-c', 'tenant=acme', '-c', 'käse=ψ'],
      plaintext,
    );
    expect(ciphertext).toMatch(/^[A-Za-z0-9+/]+=*\n$/);
    const { stdoutBytes } = await latchkey(['decrypt', '-c', 'käse=ψ', '-c', 'tenant=acme'], ciphertext);
    expect(stdoutBytes).toEqual(plaintext);
    expect(await refusal(['decrypt', '-c', 'tenant=ACME', '-c', 'käse=ψ'], ciphertext)).toBe('INVALID_CIPHERTEXT');
    expect(await refusal(['decrypt'], ciphertext)).toBe('INVALID_CIPHERTEXT');
  });

  test('a round trip of 1 MiB through files of bytes', async () => {
    const key = await newKey();
    const plaintext = Buffer.alloc(1024 * 1024, 'latchkey');
    writeFileSync(join(directory, 'plain'), plaintext);
    await latchkey(['encrypt', '--key', key, '--in', 'plain', '--out', 'cipher', '--raw']);
    expect(readFileSync(join(directory, 'cipher'))).toHaveLength(plaintext.length + 74);
    await latchkey(['decrypt', '--in', 'cipher', '--out', 'again', '--key', key]);
    expect(readFileSync(join(directory, 'again'))).toEqual(plaintext);
  });

  test('nothing to encrypt is refused', async () => {
    expect(await refusal(['encrypt', '--key', await newKey()])).toBe('INVALID_REQUEST');
  });

  test('another key than the one asked for is refused', async () => {
    const { stdout: ciphertext } = await latchkey(['encrypt', '--key', await newKey()], 'x');
    expect(await refusal(['decrypt', '--key', await newKey()], ciphertext)).toBe('INCORRECT_KEY');
  });
});

describe('rotation', () => {
  test('old ciphertexts decrypt, new ones name the new backing key, re-encrypt moves on', async () => {
    const key = await newKey();
    const { stdout: old } = await latchkey(['encrypt', '--key', key, '-c', 'a=1'], 'before');
    const { key_material_id: first } = JSON.parse((await latchkey(['inspect', '--json'], old)).stdout) as {
      key_material_id: string;
    };
    const rotated = JSON.parse((await latchkey(['keys', 'rotate', key, '--expect', first, '--json'])).stdout) as {
      key_material_id: string;
    };
    expect(rotated.key_material_id).not.toBe(first);
    expect(await refusal(['keys', 'rotate', key, '--expect', first])).toBe('CONFLICT');

    expect((await latchkey(['decrypt', '-c', 'a=1'], old)).stdout).toBe('before');
    expect((await latchkey(['inspect', '--online'], old)).stdout).toContain('no, the key was rotated');
    const { stdout: moved } = await latchkey(['re-encrypt', '--key', key, '-c', 'a=1'], old);
    expect((await latchkey(['inspect', '--online'], moved)).stdout).toContain('yes, the key still encrypts with this backing key');
    expect((await latchkey(['decrypt', '-c', 'a=1'], moved)).stdout).toBe('before');

    const { stdout: versions } = await latchkey(['keys', 'versions', key]);
    expect(versions).toMatch(
      new RegExp(
        `${first}  non-current\n  made with the key, .*\n  used .*\n  1 encryption, 2 decryptions, .*\n` +
          `${rotated.key_material_id}  current\n  rotated on demand, .*\n  used .*\n  1 encryption, 1 decryption, .*\n`,
      ),
    );
  });

  test('the same client token rotates once', async () => {
    const key = await newKey();
    const once = await latchkey(['keys', 'rotate', key, '--client-token', 't1', '--json']);
    expect((await latchkey(['keys', 'rotate', key, '--client-token', 't1', '--json'])).stdout).toBe(once.stdout);
    const { stdout } = await latchkey(['keys', 'versions', key, '--json']);
    expect((JSON.parse(stdout) as { rotations: unknown[] }).rotations).toHaveLength(2);
  });
});

describe('keys and aliases', () => {
  test('a disabled key is refused, with the command that enables it', async () => {
    const key = await newKey();
    await latchkey(['keys', 'disable', key]);
    const refused = await attempt(['encrypt', '--key', key], 'x');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('[KEY_DISABLED]');
    expect(refused.stderr).toContain('latchkey keys enable');
    expect((await latchkey(['keys', 'describe', key])).stdout).toMatch(/^State +disabled since /m);
    await latchkey(['keys', 'enable', '--key', key]);
    await latchkey(['encrypt', '--key', key], 'x');
  });

  test('a description changes, and cannot write over the terminal', async () => {
    const key = await newKey('-d', 'before');
    await latchkey(['keys', 'update-description', key, '-d', 'after\u001b[2J']);
    expect((await latchkey(['keys', 'describe', key])).stdout).toContain('after\\u{1b}[2J\n');
    const { stdout } = await latchkey(['keys', 'list']);
    expect(stdout).toMatch(new RegExp(`^${key}  enabled +\\d{4}-\\d\\d-\\d\\d  after\\\\u\\{1b\\}\\[2J$`, 'm'));
  });

  test('an alias is made, moved and removed', async () => {
    const [one, other] = [await newKey(), await newKey()];
    await latchkey(['aliases', 'create', 'alias/moving', '--key', one]);
    expect(await refusal(['aliases', 'create', 'alias/moving', '--key', other])).toBe('ALREADY_EXISTS');
    await latchkey(['aliases', 'update', 'alias/moving', '--key', other]);
    expect((await latchkey(['keys', 'describe', 'alias/moving'])).stdout).toContain(other);
    expect((await latchkey(['aliases', 'list', '--key', other])).stdout).toMatch(
      new RegExp(`${other}  \\d{4}-\\d\\d-\\d\\d  alias/moving\n`),
    );
    await latchkey(['aliases', 'delete', 'alias/moving']);
    expect(await refusal(['keys', 'describe', 'alias/moving'])).toBe('ALIAS_NOT_FOUND');
    expect(await refusal(['aliases', 'create', 'moving', '--key', other])).toBe('INVALID_ALIAS_NAME');
  });

  test('a key stays when its alias is refused', async () => {
    const { exitCode, stdout, stderr } = await attempt(['keys', 'create', '--alias', 'alias/aws/mine', '--json']);
    const { key_metadata } = JSON.parse(stdout) as { key_metadata: { key_id: string } };
    expect(exitCode).toBe(3);
    expect(stderr).toContain('INVALID_ALIAS_NAME');
    await latchkey(['keys', 'describe', key_metadata.key_id]);
  });

  test('a key that is not there', async () => {
    const refused = await attempt(['keys', 'describe', '00000000-0000-4000-8000-000000000000']);
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain('[KEY_NOT_FOUND]');
    expect(refused.stderr).toContain('latchkey keys list');
  });
});

describe('the rest', () => {
  test('a data key comes in both forms, in files', async () => {
    const key = await newKey();
    await latchkey([
      'generate-data-key',
      '--key',
      key,
      '-c',
      'a=1',
      '--raw',
      '--plaintext-out',
      'data.key',
      '--ciphertext-out',
      'data.key.lk',
    ]);
    const dataKey = readFileSync(join(directory, 'data.key'));
    expect(dataKey).toHaveLength(32);
    expect((await latchkey(['decrypt', '-c', 'a=1', '--in', 'data.key.lk'])).stdoutBytes).toEqual(dataKey);
    const { stdout } = await latchkey(['generate-data-key', '--key', key, '--bytes', '5', '--no-plaintext', '--json']);
    const alone = JSON.parse(stdout) as Record<string, string>;
    expect(alone['plaintext']).toBeUndefined();
    expect((await latchkey(['decrypt'], alone['ciphertext_blob'])).stdoutBytes).toHaveLength(5);
  });

  test('random bytes', async () => {
    const { stdoutBytes } = await latchkey(['random', '--bytes', '1024', '--raw']);
    expect(stdoutBytes).toHaveLength(1024);
    expect(new Set(stdoutBytes).size).toBeGreaterThan(200);
  });

  test('the server says what it is, and the command line is of the same version', async () => {
    const { stdout } = await latchkey(['server-info', '--json']);
    const info = JSON.parse(stdout) as { version: string; limits: { max_plaintext_bytes: number } };
    expect(info.limits.max_plaintext_bytes).toBe(1024 * 1024);
    expect((await latchkey(['version'])).stdout).toBe(`latchkey ${info.version}\n`);
    expect((await latchkey(['server-info'])).stdout).toContain('XAES-256-GCM');
  });
});
