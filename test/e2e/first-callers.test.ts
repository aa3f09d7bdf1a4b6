import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectOptions, type Latchkey, connect } from '../../src/client/connect.ts';
import { newKey } from '../identity/jwt-issuer.ts';
import { type Authority, localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { type TlsFolder, makeTlsFolder } from '../tls/tls-folder.ts';
import { type RunningServer, runServerToItsEnd, startServer } from './start-server.ts';

/** A server that other machines can reach starts when somebody could call it, or make somebody who can, and not before. */
let authority: Authority;
let folder: TlsFolder;
let running: RunningServer | undefined;
const open: Latchkey[] = [];

beforeAll(async () => {
  authority = makeCa('authority');
  folder = makeTlsFolder({ server: authority.issue({ san: [...localhostNames] }), clientCa: [authority] });
  writeFileSync(join(folder.path, 'jwks.json'), JSON.stringify({ keys: [(await newKey('k1')).jwk] }), { mode: 0o600 });
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await running?.kill();
  running = undefined;
  for (const made of ['data', 'secrets']) rmSync(join(folder.path, made), { recursive: true, force: true });
});
afterAll(() => {
  folder.remove();
  removeCertificates();
});

const tls = 'certificate: tls.crt, key: tls.key';
const remote = `listeners:\n  - { address: '0.0.0.0:0', tls: { ${tls} } }\n`;
const socket = (principal: string) => `${remote}  - { address: 'unix:${folder.path}/socket', principal: ${principal} }\n`;

it('is refused while nobody could call, and told every way out', async () => {
  const { code, output } = await runServerToItsEnd(settings(remote));
  expect(code).toBe(1);
  expect(output).toContain('0.0.0.0:0 can be reached from other machines, and nobody could call');
  for (const cure of ['client_ca', 'identities.oidc', 'unix:/path', '127.0.0.1']) expect(output).toContain(cure);
});

it('is refused while nobody could call one of its listeners', async () => {
  const { code, output } = await runServerToItsEnd(
    settings(`${remote}  - { address: '0.0.0.0:0', tls: { ${tls}, client_ca: ca.crt } }\n`),
  );
  expect([code, output]).toEqual([1, expect.stringContaining('nobody could call')]);
});

describe('starts with', () => {
  it.each([
    ['authorities of clients', `listeners:\n  - { address: '0.0.0.0:0', tls: { ${tls}, client_ca: ca.crt } }\n`],
    [
      'an issuer of JWTs',
      `${remote}identities:\n  oidc:\n    - { name: corp, issuer: 'https://issuer.example.org', audience: [latchkey], algorithms: [ES256], jwks_file: jwks.json }\n`,
    ],
  ])('%s', async (_, configuration) => {
    expect((await start(configuration)).token).toBe('');
  });

  it('an administrator that an earlier start has made', async () => {
    const { token } = await start(`listeners:\n  - { address: '127.0.0.1:0' }\n`);
    await running?.stop();
    const again = await start(remote);
    const { arn } = await caller({ ...overTls(again), token }).access.getCallerIdentity({});
    expect(arn).toMatch(/:user\/token\/administrator$/);
  });

  it.each(['administrator', 'root'])('a Unix socket of %s, who gives others their tokens', async (principal) => {
    const server = await start(socket(principal));
    expect(server.token).toBe('');
    const owner = caller({ address: server.addresses[1] ?? '' });
    await owner.access.createPrincipal({ name: 'alice', ready_policy_names: ['auditor'] });
    const { access_token: token } = await owner.access.createAccessToken({ principal: 'user/token/alice' });
    const { arn } = await caller({ ...overTls(server), token }).access.getCallerIdentity({});
    expect(arn).toMatch(/:user\/token\/alice$/);
  });
});

async function start(configuration: string): Promise<RunningServer> {
  running = await startServer(settings(configuration));
  return running;
}

/** The variable would come before the file's listeners. */
function settings(configuration: string) {
  const file = join(folder.path, 'latchkey.yaml');
  writeFileSync(file, configuration, { mode: 0o600 });
  return { home: folder.path, env: { LATCHKEY_CONFIG: file, LATCHKEY_GRPC_ADDRESS: '' } };
}

function overTls({ address }: RunningServer): ConnectOptions {
  return { address: address.replace('0.0.0.0', '127.0.0.1'), tls: { ca: authority.certificate } };
}

function caller(options: ConnectOptions): Latchkey {
  const latchkey = connect(options);
  open.push(latchkey);
  return latchkey;
}
