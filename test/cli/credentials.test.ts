import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Refusal, serve } from '../client/serve.ts';
import { makeCa, removeCertificates } from '../tls/certificates.ts';
import { runCli } from './run-cli.ts';

const ca = makeCa('Test authority');
const server = ca.issue({ san: ['DNS:localhost', 'IP:127.0.0.1'] });
const client = ca.issue({ san: ['URI:spiffe://example.org/payments'] });
const stops: (() => void)[] = [];
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  rmSync(directory, { recursive: true });
});
afterAll(removeCertificates);

function file(name: string, text: string, mode = 0o600): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** A server whose version is what calls are authorized with. */
async function serving(credentials?: ServerCredentials): Promise<string> {
  let version = '';
  const seen = {
    seen: (_: string, metadata: { get(name: string): unknown[] }) => (version = metadata.get('authorization').join()),
  };
  const { address, stop } = await serve(
    { GetServerInfo: () => ({ version }) },
    undefined,
    {},
    { ...seen, ...(credentials === undefined ? {} : { credentials }) },
  );
  stops.push(stop);
  return address;
}

const tls = (wantsCertificate: boolean): ServerCredentials =>
  ServerCredentials.createSsl(
    Buffer.from(ca.certificate),
    [{ cert_chain: Buffer.from(server.certificate), private_key: Buffer.from(server.key) }],
    wantsCertificate,
  );

const info = async (args: readonly string[], options: Parameters<typeof runCli>[1]) =>
  runCli(['server-info', ...args], { cwd: directory, ...options });

describe('the token', () => {
  test('is that of --token-file, else of the environment, else of the administrator', async () => {
    const address = await serving();
    file('secrets/admin.token', 'lk_admin\n');
    const env = { LATCHKEY_TOKEN: 'lk_variable' };
    const named = ['--token-file', file('token', 'lk_file\n')];
    expect((await info(named, { address, env })).stdout).toContain('latchkey Bearer lk_file at');
    expect((await info([], { address, env })).stdout).toContain('latchkey Bearer lk_variable at');
    expect((await info([], { address })).stdout).toContain('latchkey Bearer lk_admin at');
  });

  test.each([
    ['is not there', { args: ['--token-file', 'missing'] }, 'missing cannot be read: ENOENT.', 'ENOENT'],
    ['is not safe', {}, 'secrets/admin.token is not used', 'EPERM'],
    ['is not one', { env: { LATCHKEY_TOKEN: 'lk_one two' } }, 'LATCHKEY_TOKEN does not hold a token.', 'EBADMSG'],
  ])('that %s: exit code 5', async (_, { args = [], env = {} }: { args?: string[]; env?: Record<string, string> }, why, code) => {
    file('secrets/admin.token', 'lk_admin\n', 0o644);
    const address = await serving();
    const ended = await info(args, { address, env });
    expect(ended).toMatchObject({ exitCode: 5, stdout: '' });
    expect(ended.stderr).toContain(why);
    expect(ended.stderr).not.toContain('lk_');
    expect(JSON.parse((await info(['--json', ...args], { address, env })).stderr)).toMatchObject({
      error: { reason: 'LOCAL_FILE', code },
    });
  });

  test('is not sent in the clear to another machine: exit code 2', async () => {
    const ended = await info([], { address: 'kms.example.org:50051', env: { LATCHKEY_TOKEN: 'lk_variable' } });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('A token is not sent to kms.example.org:50051 in the clear');
    expect(ended.stderr).toContain('TLS: --ca <path>, or --ca system.');
  });
});

describe('TLS', () => {
  /** Calls a server, with TLS or without, and trusts an authority of this name. */
  const trusting = (name: string, isSecure: boolean) => async () => {
    const trusted = name === 'Test authority' ? ca : makeCa(name);
    return info(['--ca', file('ca.pem', trusted.certificate)], { address: await serving(isSecure ? tls(false) : undefined) });
  };

  test('is that of the options, else of the environment', async () => {
    const address = await serving(tls(true));
    const paths = {
      ca: file('ca.pem', ca.certificate),
      certificate: file('c.pem', client.certificate),
      key: file('c.key', client.key),
    };
    const args = ['--ca', paths.ca, '--certificate', paths.certificate, '--certificate-key', paths.key];
    expect((await info(args, { address })).stdout).toContain(`latchkey  at ${address}`);
    const env = { LATCHKEY_CA: paths.ca, LATCHKEY_CERTIFICATE: paths.certificate, LATCHKEY_KEY: paths.key };
    expect((await info([], { address, env })).stdout).toContain(`latchkey  at ${address}`);
    const half = await info(['--certificate', paths.certificate], { address });
    expect(half).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        'certificate and key go together. A certificate to call with: --certificate and --certificate-key',
      ) as string,
    });
  });

  test.each([
    ['the authority is another', trusting('Another', true), 'is not trusted', '--ca or LATCHKEY_CA'],
    ['the server is in the clear', trusting('Test authority', false), 'does not speak TLS', 'Leave out --ca'],
    [
      'the client is in the clear',
      async () => info([], { address: await serving(tls(false)) }),
      'No server answers',
      'TLS needs --ca',
    ],
  ])('fails where %s, and says what to do', async (_, connecting, why, cure) => {
    const ended = await connecting();
    expect(ended).toMatchObject({ exitCode: 4, stdout: '' });
    expect(ended.stderr).toContain(why);
    expect(ended.stderr).toContain(cure);
  });

  test('fails without a certificate where one is wanted', async () => {
    const address = await serving(tls(true));
    const ended = await info(['--ca', file('ca.pem', ca.certificate)], { address });
    expect(ended).toMatchObject({ exitCode: 4, stdout: '' });
    expect(ended.stderr).toContain('--certificate');
  });
});

test.each([
  ['UNAUTHENTICATED', 'UNAUTHENTICATED', '--token-file'],
  ['PERMISSION_DENIED', 'ACCESS_DENIED', 'grant'],
] as const)('%s says what to do', async (code, reason, cure) => {
  const refuse = () => {
    throw new Refusal(code, 'No.', { reason });
  };
  const { address, stop } = await serve({ ListKeys: refuse });
  stops.push(stop);
  const ended = await runCli(['keys', 'list'], { address, cwd: directory });
  expect(ended).toMatchObject({ exitCode: 3, stdout: '' });
  expect(ended.stderr).toContain(`latchkey: No. [${reason}]\n`);
  expect(ended.stderr).toContain(cure);
});
