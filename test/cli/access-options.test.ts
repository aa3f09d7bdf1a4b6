import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/client/crc32c.ts';
import { answerOf } from '../client/fake-batches.ts';
import { plainCrypto } from '../client/plain-crypto.ts';
import { Refusal, type Answers } from '../client/serve.ts';
import { goldenBlob } from './golden.ts';
import { scratch } from './run-against.ts';

const { path, run } = scratch();
const input = goldenBlob.toString('base64');
const commands = {
  encrypt: ['encrypt', '--key', 'alias/a', '--out', 'result'],
  decrypt: ['decrypt', '--out', 'result'],
  're-encrypt': ['re-encrypt', '--key', 'alias/a', '--out', 'result'],
  'generate-data-key': ['generate-data-key', '--key', 'alias/a', '--ciphertext-out', 'result'],
  'generate-data-key --no-plaintext': ['generate-data-key', '--key', 'alias/a', '--no-plaintext', '--ciphertext-out', 'result'],
} as const;
const methods = ['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const;

/** A server that writes down what it is asked, and whose every call ends so. */
function ending(reason: string, requests: unknown[] = []): Answers {
  const end = (request: unknown) => {
    requests.push(request);
    throw new Refusal('FAILED_PRECONDITION', 'No.', { reason });
  };
  return Object.fromEntries(methods.map((method) => [method, end]));
}

describe.each(Object.entries(commands))('%s', (_, command) => {
  test('--dry-run says that it would succeed, and writes nothing', async () => {
    const requests: unknown[] = [];
    const ended = await run(ending('DRY_RUN', requests), [...command, '--dry-run'], { input });
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'It would succeed.\n', stderr: '' });
    expect(requests).toMatchObject([{ dry_run: true, grant_tokens: [] }]);
    expect(existsSync(path('result'))).toBe(false);
  });

  test('--dry-run fails as the call would', async () => {
    expect(await run(ending('KEY_DISABLED'), [...command, '--dry-run'], { input })).toMatchObject({ exitCode: 3, stdout: '' });
  });

  test('--grant-token may be repeated', async () => {
    const requests: unknown[] = [];
    await run(ending('ACCESS_DENIED', requests), [...command, '--grant-token', 'one', '--grant-token', 'two'], { input });
    expect(requests).toMatchObject([{ dry_run: false, grant_tokens: ['one', 'two'] }]);
  });
});

test('--dry-run in JSON', async () => {
  const { stdout } = await run(ending('DRY_RUN'), [...commands.encrypt, '--dry-run', '--json'], { input });
  expect(JSON.parse(stdout)).toEqual({ would_succeed: true });
});

test('a server that does not know dry runs is said so, and its answer is not shown', async () => {
  const answers: Answers = {
    Encrypt: () => ({ key_arn: '', key_material_id: '', ciphertext_blob: Buffer.alloc(0), ciphertext_blob_crc32c: 0 }),
  };
  const ended = await run(answers, [...commands.encrypt, '--dry-run'], { input });
  expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('does not know dry runs') as string });
  expect(existsSync(path('result'))).toBe(false);
});

describe('--grant-token', () => {
  const tokens = ['--grant-token', 'one', '--grant-token', 'two'];
  const given = ['one', 'two'];
  const ofKey = { encrypt: ['encrypt', '--key', 'k'], decrypt: ['decrypt'], 're-encrypt': ['re-encrypt', '--key', 'k'] };

  test('goes with a file of any size', async () => {
    const requests: { readonly grant_tokens: readonly string[] }[] = [];
    const { crypto } = plainCrypto();
    const answers: Answers = {
      GenerateDataKey: async (request) => checked(await crypto.generateDataKey((requests.push(request), request))),
      Decrypt: async (request) => checked(await crypto.decrypt((requests.push(request), request))),
      ReEncrypt: async (request) => checked(await crypto.reEncrypt((requests.push(request), request))),
    };
    let bytes: Buffer = Buffer.from('plain');
    for (const command of [ofKey.encrypt, ofKey['re-encrypt'], ofKey.decrypt]) {
      bytes = (await run(answers, [...command, '--file', '-', '--out', '-', ...tokens], { input: bytes })).stdoutBytes;
    }
    expect(bytes.toString()).toBe('plain');
    expect(requests.map(({ grant_tokens }) => grant_tokens)).toEqual([given, given, given]);
  });

  test('goes with lines', async () => {
    const seen: unknown[] = [];
    const answers: Answers = {
      Exchange: (request) => {
        seen.push((request.batch_encrypt ?? request.batch_decrypt ?? request.batch_re_encrypt)?.grant_tokens);
        return answerOf(request, [{ name: 'k', version: 1 }]);
      },
    };
    let lines = '{"a":"plain"}\n';
    for (const command of [ofKey.encrypt, ofKey['re-encrypt'], ofKey.decrypt]) {
      lines = (await run(answers, [...command, '--jsonl', '--field', 'a', ...tokens], { input: lines })).stdout;
    }
    expect(lines).toBe('{"a":"plain"}\n');
    expect(seen).toEqual([given, given, given]);
  });
});

/** With the checksum that goes over the wire. */
function checked<Response extends { readonly ciphertext_blob?: Buffer; readonly plaintext?: Buffer }>(
  response: Response,
): Response {
  return {
    ...response,
    ...(response.ciphertext_blob && { ciphertext_blob_crc32c: crc32c(response.ciphertext_blob) }),
    ...(response.plaintext && { plaintext_crc32c: crc32c(response.plaintext) }),
  };
}

test.each([
  ['--dry-run', '--file', 'x'],
  ['--dry-run', '--jsonl', '--field', 'x'],
])('%s is about one call: %s %s', async (...options) => {
  expect(await run({}, ['encrypt', '--key', 'alias/a', ...options], { input })).toMatchObject({ exitCode: 2 });
});

test('--grant-token says what a grant token does', async () => {
  for (const command of ['encrypt', 'decrypt', 're-encrypt', 'generate-data-key']) {
    const { stdout } = await run({}, [command, '--help']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      '--grant-token <token> of a grant, checked and of no effect: grants count at once',
    );
  }
});
