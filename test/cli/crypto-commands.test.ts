import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/client/crc32c.ts';
import { Refusal } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { goldenBlob } from './golden.ts';
import { scratch } from './run-against.ts';
import { runCli } from './run-cli.ts';

const keyId = '1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11';
const keyArn = `arn:aws:kms:us-east-1:000000000000:key/${keyId}`;
const materialId = '5afe6cda12811a6d1d3b149f2a09434a4d3a7bf509f43dc8c04552fd61879a4b';

const { path, run } = scratch();

describe('encrypt', () => {
  const requests: unknown[] = [];
  const answers: Answers = {
    Encrypt: (request) => {
      requests.splice(0, requests.length, request);
      return {
        key_arn: keyArn,
        key_material_id: materialId,
        ciphertext_blob: goldenBlob,
        ciphertext_blob_crc32c: crc32c(goldenBlob),
      };
    },
  };

  test('sends stdin byte for byte with its context and prints one line of base64', async () => {
    const input = Buffer.from([0, 10, 255, 13, 10]);
    const ended = await run(answers, ['encrypt', '--key', 'alias/a', '-c', 'tenant=acme', '--context', 'b=c=d'], { input });
    expect(ended).toEqual({
      exitCode: 0,
      stdout: `${goldenBlob.toString('base64')}\n`,
      stdoutBytes: expect.anything() as Buffer,
      stderr: '',
    });
    expect(requests).toMatchObject([{ key_id: 'alias/a', plaintext: input, encryption_context: { tenant: 'acme', b: 'c=d' } }]);
  });

  test('reads a file and writes bytes to another', async () => {
    writeFileSync(path('plain'), 'from the file');
    const ended = await run(answers, ['encrypt', '-k', keyId, '--in', 'plain', '--out', 'cipher', '--raw'], { input: 'not this' });
    expect(ended).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(requests).toMatchObject([{ plaintext: Buffer.from('from the file') }]);
    expect(readFileSync(path('cipher'))).toEqual(goldenBlob);
    expect(readdirSync(path()).sort()).toEqual(['cipher', 'plain']);
  });

  test('prints the message as JSON', async () => {
    const { stdout } = await run(answers, ['encrypt', '-k', keyId, '--json'], { input: 'x' });
    expect(JSON.parse(stdout)).toEqual({
      key_arn: keyArn,
      key_material_id: materialId,
      ciphertext_blob: goldenBlob.toString('base64'),
      ciphertext_blob_crc32c: crc32c(goldenBlob),
    });
  });

  test('leaves no file when it is refused', async () => {
    const refused: Answers = {
      Encrypt: () => {
        throw new Refusal('NOT_FOUND', 'No key has this id.', { reason: 'KEY_NOT_FOUND' });
      },
    };
    writeFileSync(path('cipher'), 'the old one');
    expect(await run(refused, ['encrypt', '-k', keyId, '--out', 'cipher'], { input: 'x' })).toMatchObject({ exitCode: 3 });
    expect(readFileSync(path('cipher'), 'utf8')).toBe('the old one');
    expect(readdirSync(path())).toEqual(['cipher']);
  });
});

describe('decrypt', () => {
  const plaintext = Buffer.from([0, 255, 10, 104, 105]);
  const requests: unknown[] = [];
  const answers: Answers = {
    Decrypt: (request) => {
      requests.splice(0, requests.length, request);
      return { key_arn: keyArn, key_material_id: materialId, plaintext, plaintext_crc32c: crc32c(plaintext) };
    },
  };

  test.each([
    ['base64', `${goldenBlob.toString('base64')}\n`],
    ['bytes', goldenBlob],
  ])('takes %s and writes the plaintext and nothing else', async (_, input) => {
    const ended = await run(answers, ['decrypt', '-c', 'tenant=acme', '--key', keyId], { input });
    expect(ended).toMatchObject({ exitCode: 0, stdoutBytes: plaintext, stderr: '' });
    expect(requests).toMatchObject([{ ciphertext_blob: goldenBlob, encryption_context: { tenant: 'acme' }, key_id: keyId }]);
  });

  test('writes it to a file, or as JSON', async () => {
    writeFileSync(path('cipher'), goldenBlob);
    expect(await run(answers, ['decrypt', '-i', 'cipher', '-o', 'plain'])).toMatchObject({ exitCode: 0, stdout: '' });
    expect(readFileSync(path('plain'))).toEqual(plaintext);
    const { stdout } = await run(answers, ['decrypt', '-i', 'cipher', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ key_arn: keyArn, plaintext: plaintext.toString('base64') });
  });

  test('writes nothing when the answer was damaged on its way', async () => {
    const damaged: Answers = { Decrypt: () => ({ plaintext, plaintext_crc32c: 1 }) };
    expect(await run(damaged, ['decrypt'], { input: goldenBlob })).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('re-encrypt', () => {
  test.each([
    [['-c', 'a=1'], { a: '1' }, { a: '1' }],
    [['--source-context', 'a=1', '--destination-context', 'b=2'], { a: '1' }, { b: '2' }],
    [['--source-context', 'a=1'], { a: '1' }, {}],
    [[], {}, {}],
  ])('%j', async (args, source, destination) => {
    const requests: unknown[] = [];
    const answers: Answers = {
      ReEncrypt: (request) => {
        requests.push(request);
        return { ciphertext_blob: goldenBlob, ciphertext_blob_crc32c: crc32c(goldenBlob) };
      },
    };
    const ended = await run(answers, ['re-encrypt', '--key', 'alias/new', '--source-key', keyId, ...args], { input: goldenBlob });
    expect(ended).toMatchObject({ exitCode: 0, stdout: `${goldenBlob.toString('base64')}\n` });
    expect(requests).toMatchObject([
      {
        ciphertext_blob: goldenBlob,
        source_key_id: keyId,
        destination_key_id: 'alias/new',
        source_encryption_context: source,
        destination_encryption_context: destination,
      },
    ]);
  });
});

describe('generate-data-key', () => {
  const dataKey = Buffer.from('0123456789abcdef');
  const encrypted = {
    key_arn: keyArn,
    key_material_id: materialId,
    ciphertext_blob: goldenBlob,
    ciphertext_blob_crc32c: crc32c(goldenBlob),
  };
  const requests: unknown[] = [];
  const answers: Answers = {
    GenerateDataKey: (request) => {
      requests.splice(0, requests.length, request);
      return { ...encrypted, plaintext: dataKey, plaintext_crc32c: crc32c(dataKey) };
    },
    GenerateDataKeyWithoutPlaintext: (request) => {
      requests.splice(0, requests.length, request);
      return encrypted;
    },
  };

  test('shows both forms', async () => {
    const { stdout } = await run(answers, ['generate-data-key', '--key', keyId]);
    expect(requests).toMatchObject([{ key_id: keyId, key_spec: 'DATA_KEY_SPEC_AES_256' }]);
    expect(stdout).toBe(
      [
        `Key          ${keyArn}`,
        `Backing key  ${materialId}`,
        `Data key     ${dataKey.toString('base64')}`,
        `Encrypted    ${goldenBlob.toString('base64')}`,
        '',
      ].join('\n'),
    );
  });

  test('writes them to files and does not show them', async () => {
    const files = ['--plaintext-out', 'data.key', '--ciphertext-out', 'data.key.lk'];
    const { stdout } = await run(answers, ['generate-data-key', '--key', keyId, '--bytes', '16', '--raw', '--json', ...files]);
    expect(requests).toMatchObject([{ number_of_bytes: 16 }]);
    expect(readFileSync(path('data.key'))).toEqual(dataKey);
    expect(readFileSync(path('data.key.lk'))).toEqual(goldenBlob);
    expect(Object.keys(JSON.parse(stdout) as object)).not.toContain('plaintext');
    expect(Object.keys(JSON.parse(stdout) as object)).not.toContain('ciphertext_blob');
  });

  test('asks for no plaintext when none is wanted', async () => {
    const { stdout } = await run(answers, ['generate-data-key', '--key', keyId, '--spec', 'AES_128', '--no-plaintext', '--json']);
    expect(requests).toMatchObject([{ key_spec: 'DATA_KEY_SPEC_AES_128' }]);
    expect(JSON.parse(stdout)).toEqual({ ...encrypted, ciphertext_blob: goldenBlob.toString('base64') });
  });
});

test('random prints as many bytes as asked for', async () => {
  const answers: Answers = {
    GenerateRandom: ({ number_of_bytes }) => {
      const plaintext = Buffer.alloc(number_of_bytes, 7);
      return { plaintext, plaintext_crc32c: crc32c(plaintext) };
    },
  };
  expect((await run(answers, ['random', '--bytes', '3'])).stdout).toBe('BwcH\n');
  expect((await run(answers, ['random', '--raw'])).stdoutBytes).toEqual(Buffer.alloc(32, 7));
});

describe('inspect', () => {
  const facts = {
    format_version: 1,
    suite: 'XAES-256-GCM',
    key_material_id: goldenBlob.toString('hex', 2, 34),
    nonce_hex: goldenBlob.toString('hex', 34, 58),
    plaintext_bytes: 5,
    tag_hex: 'ff'.repeat(16),
    blob_bytes: 79,
  };

  test('explains a ciphertext without a server', async () => {
    const { stdout, exitCode } = await runCli(['inspect'], { input: goldenBlob.toString('base64') });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'Format       version 1',
        'Suite        XAES-256-GCM',
        `Backing key  ${facts.key_material_id}`,
        `Nonce        ${facts.nonce_hex}`,
        'Ciphertext   5 bytes, as many as the plaintext',
        `Tag          ${facts.tag_hex}`,
        'Whole        79 bytes',
        'Context      not in the ciphertext: it must be known to decrypt',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await runCli(['inspect', '--json'], { input: goldenBlob })).stdout)).toEqual(facts);
  });

  test('asks the server which key it is of', async () => {
    const answers: Answers = { DescribeCiphertext: () => ({ key_arn: keyArn, current: false }) };
    const { stdout } = await run(answers, ['inspect', '--online', '--json'], { input: goldenBlob });
    expect(JSON.parse(stdout)).toEqual({ ...facts, key_arn: keyArn, current: false });
    expect((await run(answers, ['inspect', '--online'], { input: goldenBlob })).stdout).toContain('no, the key was rotated');
  });
});
