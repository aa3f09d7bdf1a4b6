import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { useServer } from './using-server.ts';

/** `buf curl` knows nothing of our proto files here: it asks the server for them, and refuses descriptors that are not valid. */
const under = useServer();
const buf = join(import.meta.dirname, '../../node_modules/.bin/buf');

it('describes a method with map fields well enough to be called', async () => {
  const key_id = await under.newKey();
  const context = { purpose: 'reflection', Ünï: 'cödé' };
  const plaintext = Buffer.from('by reflection').toString('base64');
  const encrypted = await curl('CryptoService/Encrypt', { key_id, plaintext, encryption_context: context });
  expect(encrypted).toMatchObject({ keyArn: expect.stringContaining(key_id) });
  const decrypted = await curl('CryptoService/Decrypt', {
    ciphertext_blob: encrypted['ciphertextBlob'],
    encryption_context: context,
  });
  expect(decrypted).toMatchObject({ plaintext });
});

it('describes the other services', async () => {
  expect(await curl('KeyService/CreateKey', { description: 'by reflection' })).toMatchObject({
    keyMetadata: { description: 'by reflection' },
  });
  expect(await curl('ServerService/GetServerInfo', {})).toMatchObject({ formats: { ciphertextSuite: 'XAES-256-GCM' } });
});

it('shows the details of an error', async () => {
  const answer = curl('CryptoService/Encrypt', { plaintext: 'eA==' });
  await expect(answer).rejects.toMatchObject({
    stderr: expect.stringMatching(/invalid_argument[\s\S]*google\.rpc\.ErrorInfo[\s\S]*google\.rpc\.BadRequest/),
  });
});

it('lists what can be called', async () => {
  const { stdout } = await execute(['--list-methods', `http://${under.server.address}`]);
  expect(stdout).toContain('latchkey.v1.CryptoService/ReEncrypt');
  expect(stdout).toContain('latchkey.v1.KeyService/ListKeyRotations');
  expect(stdout).toContain('latchkey.v1.AccessService/GetCallerIdentity');
});

async function curl(method: string, request: object): Promise<Record<string, unknown>> {
  const { address, token } = under.server;
  const authorization = ['--header', `authorization: Bearer ${token}`];
  const data = ['--data', JSON.stringify(request)];
  const { stdout } = await execute([...authorization, ...data, `http://${address}/latchkey.v1.${method}`]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function execute(args: readonly string[]): Promise<{ stdout: string }> {
  const environment = Object.entries(process.env).filter(([name]) => !/proxy/i.test(name));
  return promisify(execFile)(buf, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args], {
    cwd: under.server.dataDirectory,
    env: { ...Object.fromEntries(environment), NO_PROXY: '*' },
  });
}
