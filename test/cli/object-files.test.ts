import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/client/crc32c.ts';
import { plainCrypto } from '../client/plain-crypto.ts';
import { serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { scratch } from './run-against.ts';
import { mainPath } from './run-cli.ts';

const { path, run } = scratch();
const { crypto } = plainCrypto();

/** The service's answers, with checksums as they go over the wire. */
const answers: Answers = {
  GenerateDataKey: async (request) => checked(await crypto.generateDataKey(request)),
  Decrypt: async (request) => checked(await crypto.decrypt(request)),
  ReEncrypt: async (request) => checked(await crypto.reEncrypt(request)),
};

const encrypting = ['encrypt', '--key', 'k', '-c', 'tenant=acme'];
const decrypting = ['decrypt', '-c', 'tenant=acme'];

describe('a file', () => {
  test('is encrypted and decrypted, readable by its owner only, and says nothing', async () => {
    const plaintext = randomBytes(1_000_000);
    writeFileSync(path('big'), plaintext);
    const quiet = { exitCode: 0, stdout: '', stderr: '' };
    expect(await run(answers, [...encrypting, '--file', 'big', '--out', 'big.lko'])).toMatchObject(quiet);
    expect(readFileSync(path('big.lko')).toString('latin1', 0, 5)).toBe('LKOB\x01');
    expect(statSync(path('big.lko')).mode & 0o777).toBe(0o600);
    expect(await run(answers, [...decrypting, '--key', 'k', '--file', 'big.lko', '--out', 'back'])).toMatchObject(quiet);
    expect(readFileSync(path('back'))).toEqual(plaintext);
    expect(readdirSync(path()).toSorted()).toEqual(['back', 'big', 'big.lko']);
  });

  test('comes from stdin and goes to stdout', async () => {
    const plaintext = randomBytes(300_000);
    const { stdoutBytes: object } = await run(answers, [...encrypting, '--file', '-', '--out', '-'], { input: plaintext });
    const { stdoutBytes } = await run(answers, [...decrypting, '-f', '-', '-o', '-'], { input: object });
    expect(stdoutBytes).toEqual(plaintext);
  });

  test('is re-encrypted in place', async () => {
    writeFileSync(path('plain'), 'attack at dawn');
    await run(answers, [...encrypting, '--file', 'plain', '--out', 'object']);
    const moving = ['re-encrypt', '--key', 'other', '--source-key', 'k', '--source-context', 'tenant=acme'];
    expect(await run(answers, [...moving, '--file', 'object', '--out', 'object'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await run(answers, ['decrypt', '--key', 'other', '--file', 'object', '--out', '-'])).toMatchObject({
      stdout: 'attack at dawn',
    });
  });
});

describe('a file that does not decrypt', () => {
  test.each([
    ['cut off', (object: Buffer) => object.subarray(0, 60_000), 'It was altered or cut off'],
    [
      'cut off between two chunks',
      (object: Buffer) => object.subarray(0, object.length - (100_000 % 16_384) - 16),
      'Its end is missing.',
    ],
    ['altered at its end', (object: Buffer) => object.fill(0, object.length - 1), 'It was altered or cut off'],
    ['something else', () => Buffer.from('something else'), 'It is not an object of Latchkey.'],
  ])('because it is %s leaves no file, and the old one as it was', async (_, damage, message) => {
    writeFileSync(path('plain'), Buffer.alloc(100_000, 7));
    await run(answers, [...encrypting, '--file', 'plain', '--out', 'object']);
    writeFileSync(path('object'), damage(readFileSync(path('object'))));
    writeFileSync(path('old'), 'the old one');
    const ended = await run(answers, [...decrypting, '--file', 'object', '--out', 'old']);
    expect(ended).toMatchObject({ exitCode: 5, stdout: '' });
    expect(ended.stderr).toMatch(new RegExp(`^latchkey: Cannot decrypt object\\. ${message}`));
    expect(readFileSync(path('old'), 'utf8')).toBe('the old one');
    expect(readdirSync(path()).toSorted()).toEqual(['object', 'old', 'plain']);
  });

  test('has shown only authentic parts on stdout, and says so', async () => {
    writeFileSync(path('plain'), Buffer.alloc(1_000_000, 7));
    await run(answers, [...encrypting, '--file', 'plain', '--out', 'object']);
    const object = readFileSync(path('object'));
    writeFileSync(path('object'), object.with(900_000, (object[900_000] ?? 0) ^ 1));
    const ended = await run(answers, [...decrypting, '--file', 'object', '--out', '-']);
    expect(ended.exitCode).toBe(5);
    expect(ended.stderr).toContain('What was written to stdout is authentic, but not the whole.');
    expect(ended.stdoutBytes.length).toBeLessThan(900_000);
    expect(ended.stdoutBytes.equals(Buffer.alloc(ended.stdoutBytes.length, 7))).toBe(true);
  });

  test('because of its context or key leaves no file', async () => {
    writeFileSync(path('plain'), 'x');
    await run(answers, [...encrypting, '--file', 'plain', '--out', 'object']);
    expect(await run(answers, ['decrypt', '--file', 'object', '--out', 'back'])).toMatchObject({ exitCode: 1 });
    expect(readdirSync(path()).toSorted()).toEqual(['object', 'plain']);
  });
});

test.each([
  [['--file', 'plain'], 2, 'Say where the result goes'],
  [['--file', 'plain', '--in', 'plain', '--out', 'x'], 2, 'cannot be used with'],
  [['--file', 'plain', '--raw', '--out', 'x'], 2, 'cannot be used with'],
  [['--file', 'missing', '--out', 'x'], 5, 'Cannot read missing: no such file or directory.'],
  [['--file', '.', '--out', 'x'], 5, 'Cannot read .: '],
  [['--file', 'plain', '--out', 'missing/x'], 5, 'Cannot write missing/x: no such file or directory.'],
  [['--file', 'plain', '--out', '/dev/null'], 5, 'it is not a regular file'],
])('encrypt %j ends with %i', async (args, exitCode, message) => {
  writeFileSync(path('plain'), 'x');
  const ended = await run(answers, [...encrypting, ...args]);
  expect(ended).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) as string });
  expect(readdirSync(path())).toEqual(['plain']);
});

test('an encrypted file that is given as a ciphertext is recognised', async () => {
  writeFileSync(path('object'), 'LKOB\x01');
  for (const command of [['decrypt'], ['inspect'], ['re-encrypt', '--key', 'k']]) {
    const ended = await run(answers, [...command, '--in', 'object']);
    expect(ended).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('latchkey decrypt --file opens it') as string });
  }
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it, at once and without a trace, as a signal does', async (signal) => {
  const { address, stop } = await serve(answers);
  const child = spawn(process.execPath, [mainPath, ...encrypting, '--file', '-', '--out', 'object'], {
    cwd: path(),
    env: { ...process.env, LATCHKEY_ADDRESS: address },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  child.stdin.write(Buffer.alloc(100_000));
  await expect.poll(() => readdirSync(path()).length, { timeout: 20_000 }).toBe(1);
  await setTimeout(100);
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
  expect(readdirSync(path())).toEqual([]);
  stop();
});

function checked<Response extends { ciphertext_blob?: Buffer; plaintext?: Buffer }>(response: Response): Response {
  const { ciphertext_blob, plaintext } = response;
  return {
    ...response,
    ...(ciphertext_blob === undefined ? {} : { ciphertext_blob_crc32c: crc32c(ciphertext_blob) }),
    ...(plaintext === undefined ? {} : { plaintext_crc32c: crc32c(plaintext) }),
  };
}
