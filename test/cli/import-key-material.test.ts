import { constants, createDecipheriv, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { wrapKeyMaterial } from '../../src/cli/wrap-key-material.ts';
import type { ImportKeyMaterialRequest__Output } from '../../src/generated/latchkey/v1/ImportKeyMaterialRequest.ts';
import { Refusal } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { keyArn, keyId, materialId, november } from './example-key.ts';
import { scratch } from './run-against.ts';

const { path, run } = scratch();
const material = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index));
const token = Buffer.from([0, 1, 10, 255]);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKeyDer = publicKey.export({ format: 'der', type: 'spki' });

const algorithms = [
  ['RSA_AES_KEY_WRAP_SHA_256', 'sha256', true],
  ['RSAES_OAEP_SHA_256', 'sha256', false],
  ['RSA_AES_KEY_WRAP_SHA_1', 'sha1', true],
  ['RSAES_OAEP_SHA_1', 'sha1', false],
] as const;

function unwrap(wrapped: Buffer, oaepHash: string, throughAes: boolean): Buffer {
  const oaep = (bytes: Buffer) => privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes);
  if (!throughAes) return oaep(wrapped);
  const decipher = createDecipheriv('id-aes256-wrap-pad', oaep(wrapped.subarray(0, 256)), Buffer.from('A65959A6', 'hex'));
  return Buffer.concat([decipher.update(wrapped.subarray(256)), decipher.final()]);
}

interface Seen {
  parameters: unknown[];
  imports: ImportKeyMaterialRequest__Output[];
}

function importing(): { seen: Seen; answers: Answers } {
  const seen: Seen = { parameters: [], imports: [] };
  const answers: Answers = {
    GetParametersForImport: (request) => {
      seen.parameters.push(request);
      return { key_arn: keyArn, import_token: token, public_key: publicKeyDer, parameters_valid_to: november(23) };
    },
    ImportKeyMaterial: (request) => {
      seen.imports.push(request);
      return { key_arn: keyArn, key_material_id: materialId };
    },
  };
  return { seen, answers };
}

describe('wrapKeyMaterial', () => {
  test.each(algorithms)('by %s opens with the private key', (algorithm, oaepHash, throughAes) => {
    const wrapped = wrapKeyMaterial(material, publicKeyDer, algorithm);
    expect(wrapped).toHaveLength(throughAes ? 256 + 40 : 256);
    expect(unwrap(wrapped, oaepHash, throughAes)).toEqual(material);
    expect(wrapKeyMaterial(material, publicKeyDer, algorithm)).not.toEqual(wrapped);
  });
});

describe('keys import', () => {
  test.each(algorithms)('by %s sends what the private key opens', async (algorithm, oaepHash, throughAes) => {
    writeFileSync(path('material.bin'), material);
    const { seen, answers } = importing();
    const args = ['keys', 'import', keyId, '--file', 'material.bin', '--no-expiry', '--algorithm', algorithm];
    const ended = await run(answers, args);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '', stdout: `Imported into ${keyArn}\n  ${materialId}\n` });
    expect(seen.parameters).toEqual([
      { key_id: keyId, wrapping_algorithm: `ALGORITHM_SPEC_${algorithm}`, wrapping_key_spec: 'WRAPPING_KEY_SPEC_RSA_4096' },
    ]);
    expect(seen.imports).toMatchObject([
      {
        key_id: keyId,
        import_token: token,
        expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE',
        valid_to: null,
        import_type: 'IMPORT_TYPE_EXISTING_KEY_MATERIAL',
      },
    ]);
    expect(unwrap(seen.imports[0]!.encrypted_key_material, oaepHash, throughAes)).toEqual(material);
  });

  test.each([
    ['2126-01-31', Date.UTC(2126, 0, 31)],
    ['2126-01-31T12:00:00Z', Date.UTC(2126, 0, 31, 12)],
    ['2126-01-31T12:00+02:00', Date.UTC(2126, 0, 31, 10)],
    ['90d', undefined],
  ])('sends when material expires: %s', async (expires, moment) => {
    writeFileSync(path('material.bin'), material);
    const { seen, answers } = importing();
    const before = Date.now();
    const args = ['keys', 'import', keyId, '-f', 'material.bin', '--expires', expires, '--new', '--wrapping-key', 'RSA_2048'];
    const { stdout } = await run(answers, [...args, '--json']);
    expect(JSON.parse(stdout)).toEqual({ key_arn: keyArn, key_material_id: materialId });
    expect(seen.parameters).toMatchObject([
      { wrapping_algorithm: 'ALGORITHM_SPEC_RSA_AES_KEY_WRAP_SHA_256', wrapping_key_spec: 'WRAPPING_KEY_SPEC_RSA_2048' },
    ]);
    expect(seen.imports).toMatchObject([
      { expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES', import_type: 'IMPORT_TYPE_NEW_KEY_MATERIAL' },
    ]);
    const validTo = Number(seen.imports[0]?.valid_to?.seconds);
    const expected = (moment ?? before + 90 * 86_400_000) / 1000;
    expect(validTo).toBeGreaterThanOrEqual(Math.floor(expected));
    expect(validTo).toBeLessThan(expected + 20);
  });

  test.each([
    ['0 bytes', Buffer.alloc(0), 'this has 0.'],
    ['31 bytes', material.subarray(1), 'this has 31.'],
    ['33 bytes', Buffer.concat([material, Buffer.from('\n')]), 'this has more.'],
    ['hex', Buffer.from(material.toString('hex')), 'this has more.'],
  ])('sends nothing when the file has %s', async (_, content, why) => {
    writeFileSync(path('material.bin'), content);
    const { seen, answers } = importing();
    const ended = await run(answers, ['keys', 'import', keyId, '--file', 'material.bin', '--no-expiry']);
    expect(ended).toMatchObject({ exitCode: 5, stdout: '' });
    expect(ended.stderr).toBe(`latchkey: material.bin is not key material: that has 32 bytes, as they are, and ${why}\n`);
    expect(seen).toEqual({ parameters: [], imports: [] });
  });

  test.each([
    [['--file', 'missing', '--no-expiry'], 5, 'Cannot read missing: no such file or directory.'],
    [['--file', '.', '--no-expiry'], 5, 'Cannot read .: illegal operation on a directory.'],
    [['--file', 'material.bin'], 2, 'Say how long the material stays: --expires <when> or --no-expiry.'],
    [['--file', 'material.bin', '--no-expiry', '--expires', '1d'], 2, 'exclude each other'],
    [['--no-expiry'], 2, '--file'],
    [['--file', 'material.bin', '--expires', '2020-01-01'], 2, 'It is in the past.'],
    [['--file', 'material.bin', '--expires', '0d'], 2, 'It is in the past.'],
    [['--file', 'material.bin', '--expires', '2126-02-30'], 2, 'Give 2027-01-31'],
    [['--file', 'material.bin', '--expires', '2126-01-31T12:00:00'], 2, 'Give 2027-01-31'],
    [['--file', 'material.bin', '--expires', 'tomorrow'], 2, 'Give 2027-01-31'],
    [
      ['--file', 'material.bin', '--no-expiry', '--algorithm', 'RSAES_PKCS1_V1_5'],
      2,
      'Allowed choices are RSA_AES_KEY_WRAP_SHA_256',
    ],
  ])('refuses %j', async (args, exitCode, why) => {
    writeFileSync(path('material.bin'), material);
    const { seen, answers } = importing();
    const ended = await run(answers, ['keys', 'import', keyId, ...args]);
    expect(ended).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(why) as string });
    expect(seen).toEqual({ parameters: [], imports: [] });
  });

  test('says what to do when the material is other', async () => {
    writeFileSync(path('material.bin'), material);
    const refusing: Answers = {
      ...importing().answers,
      ImportKeyMaterial: () => {
        throw new Refusal('INVALID_ARGUMENT', 'This is other material.', { reason: 'INCORRECT_KEY_MATERIAL' });
      },
    };
    const ended = await run(refusing, ['keys', 'import', keyId, '--file', 'material.bin', '--no-expiry']);
    expect(ended).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ended.stderr).toContain('or new ones with --new');
  });
});

describe('an import wrapped elsewhere', () => {
  const outputs = ['--public-key-out', 'key.der', '--token-out', 'token.bin'];

  test('begins with a public key and a token, in files', async () => {
    const { seen, answers } = importing();
    const args = ['keys', 'get-import-parameters', keyId, ...outputs, '--algorithm', 'RSAES_OAEP_SHA_256'];
    const { stdout } = await run(answers, [...args, '--wrapping-key', 'RSA_3072']);
    expect(stdout).toBe(
      [
        `Key         ${keyArn}`,
        'Public key  key.der, RSA_3072 in DER',
        'Token       token.bin',
        'Wrap by     RSAES_OAEP_SHA_256',
        'Good until  2026-11-23 09:50:31 UTC, for one import',
        '',
      ].join('\n'),
    );
    expect(seen.parameters).toMatchObject([
      { key_id: keyId, wrapping_algorithm: 'ALGORITHM_SPEC_RSAES_OAEP_SHA_256', wrapping_key_spec: 'WRAPPING_KEY_SPEC_RSA_3072' },
    ]);
    expect(readFileSync(path('key.der'))).toEqual(publicKeyDer);
    expect(readFileSync(path('token.bin'))).toEqual(token);
    expect(statSync(path('token.bin')).mode & 0o777).toBe(0o600);
    const json = await run(answers, [...args, '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ key_arn: keyArn, parameters_valid_to: '2026-11-23T09:50:31.000Z' });
  });

  test('ends with the wrapped bytes and the token as they are', async () => {
    const wrapped = Buffer.from('wrapped in an HSM\n');
    writeFileSync(path('wrapped.bin'), wrapped);
    writeFileSync(path('token.bin'), token);
    const { seen, answers } = importing();
    const args = ['keys', 'import-wrapped', keyId, '--token', 'token.bin', '--file', 'wrapped.bin', '--no-expiry', '--new'];
    expect(await run(answers, args)).toMatchObject({ exitCode: 0, stdout: `Imported into ${keyArn}\n  ${materialId}\n` });
    expect(seen.imports).toMatchObject([
      { key_id: keyId, import_token: token, encrypted_key_material: wrapped, import_type: 'IMPORT_TYPE_NEW_KEY_MATERIAL' },
    ]);
  });

  test.each([
    [['get-import-parameters', keyId, '--token-out', 't'], 2, '--public-key-out'],
    [['import-wrapped', keyId, '--token', 't', '--file', 'f'], 2, 'Say how long the material stays'],
    [['import-wrapped', keyId, '--token', 'missing', '--file', 'f', '--no-expiry'], 5, 'Cannot read missing'],
  ])('refuses %j', async (args, exitCode, why) => {
    expect(await run({}, ['keys', ...args])).toMatchObject({
      exitCode,
      stdout: '',
      stderr: expect.stringContaining(why) as string,
    });
  });

  test('says where another token comes from', async () => {
    for (const name of ['t', 'f']) writeFileSync(path(name), 'x');
    const refusing: Answers = {
      ImportKeyMaterial: () => {
        throw new Refusal('INVALID_ARGUMENT', 'The token is too old.', { reason: 'EXPIRED_IMPORT_TOKEN' });
      },
    };
    const ended = await run(refusing, ['keys', 'import-wrapped', keyId, '--token', 't', '--file', 'f', '--no-expiry']);
    expect(ended.stderr).toBe(
      'latchkey: The token is too old. [EXPIRED_IMPORT_TOKEN]\n' +
        '  latchkey keys get-import-parameters makes another public key and token.\n',
    );
  });
});
