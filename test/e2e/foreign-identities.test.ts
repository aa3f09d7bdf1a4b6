import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Latchkey, type TlsOptions, connect } from '../../src/client/connect.ts';
import { type IssuerKey, newKey, signed } from '../identity/jwt-issuer.ts';
import { type Authority, type Certificate, localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { refusalFacts } from './refusal.ts';
import { type RunningServer, startServer } from './start-server.ts';

/** A server that takes the word of others: of an authority of certificates, and of an issuer of JWTs. */
const unauthenticated = { code: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED' };
const denied = { code: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };
const unavailable = { code: 'UNAVAILABLE', reason: undefined };
let home: string;
let server: RunningServer;
let authority: Authority;
let issuer: IssuerKey;
let administrator: Latchkey;
const open: Latchkey[] = [];
/** Tokens. */
const presented: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'latchkey-foreign-'));
  authority = makeCa('authority');
  issuer = await newKey('k1');
  const { certificate, key } = authority.issue({ san: [...localhostNames] });
  write('server.pem', certificate);
  write('server.key', key);
  write('clients.pem', authority.certificate);
  write('jwks.json', JSON.stringify({ keys: [issuer.jwk] }));
  write('denied.txt', '');
  write('latchkey.yaml', configuration(home));
  const env = { LATCHKEY_CONFIG: join(home, 'latchkey.yaml'), LATCHKEY_GRPC_ADDRESS: '', LATCHKEY_LOG_LEVEL: 'debug' };
  server = await startServer({ home, env });
  administrator = as({ address: `unix:${home}/socket` });
});
beforeEach(() => write('denied.txt', ''));
afterAll(async () => {
  for (const one of open) one.close();
  await server.kill();
  rmSync(home, { recursive: true });
  removeCertificates();
});

describe('a certificate', () => {
  const web = 'spiffe://example.org/ns/shop/sa/web';

  it('makes a principal of its subject when it first comes, which may do nothing', async () => {
    const client = certified(authority.issue({ san: [`URI:${web}`] }));
    const { arn } = await client.access.getCallerIdentity({});
    expect(arn).toMatch(/:user\/cert\/web$/);
    expect(await refusalFacts(client.keys.createKey({}))).toMatchObject(denied);
    expect(await refusalFacts(client.crypto.generateRandom({ number_of_bytes: 1 }))).toMatchObject(denied);
    const { principal } = await administrator.access.describePrincipal({ principal: 'user/cert/web' });
    expect(principal).toMatchObject({ arn, subject: `uri:${web}`, source: 'PRINCIPAL_SOURCE_CERTIFICATE', enabled: true });
  });

  it('with the same subject is the same principal, which may do what it was allowed', async () => {
    const { arn } = await certified(authority.issue({ san: [`URI:${web}`] })).access.getCallerIdentity({});
    await administrator.access.attachPrincipalPolicy({ principal: arn, policy_name: 'key-user' });
    const client = certified(authority.issue({ name: 'another certificate', san: [`URI:${web}`] }));
    expect((await client.access.getCallerIdentity({})).arn).toBe(arn);
    expect((await client.crypto.generateRandom({ number_of_bytes: 8 })).plaintext).toHaveLength(8);
  });

  it('without a name, or with two, is nobody’s', async () => {
    for (const san of [[], ['URI:spiffe://example.org/a', 'URI:spiffe://example.org/b']]) {
      const client = certified(authority.issue({ name: 'web', san }));
      expect(await refusalFacts(client.access.getCallerIdentity({})), san.join()).toMatchObject(unauthenticated);
    }
  });

  it('of another authority does not connect, and none calls as nobody', async () => {
    const stranger = certified(makeCa('other').issue({ san: [`URI:${web}`] }));
    expect(await refusalFacts(stranger.access.getCallerIdentity({}))).toMatchObject(unavailable);
    const none = as({ address: tlsAddress(), tls: { ca: authority.certificate } });
    expect(await refusalFacts(none.access.getCallerIdentity({}))).toMatchObject(unauthenticated);
  });

  it('does not help a call that brings a wrong token, and gives way to a right one', async () => {
    const identity = authority.issue({ san: [`URI:${web}`] });
    const wrong = certified(identity, token({ aud: 'other' }));
    expect(await refusalFacts(wrong.access.getCallerIdentity({}))).toMatchObject(unauthenticated);
    const right = certified(identity, token());
    expect((await right.access.getCallerIdentity({})).arn).toMatch(/:user\/oidc\/corp\/alice/);
  });

  it('is refused on the open connection once its number is on the deny-list', async () => {
    const identity = authority.issue({ san: ['URI:spiffe://example.org/denied'] });
    const client = certified(identity);
    await client.access.getCallerIdentity({});
    write('denied.txt', `serial ${new X509Certificate(identity.certificate).serialNumber}\n`);
    await refusedSoon(client);
    const renewed = certified(authority.issue({ san: ['URI:spiffe://example.org/denied'] }));
    await expect(renewed.access.getCallerIdentity({})).resolves.toBeDefined();
  });
});

describe('a JWT', () => {
  it('makes a principal of its subject when it first comes, which may do nothing', async () => {
    const client = as({ address: server.address, token: token({ sub: 'bob' }) });
    const { arn } = await client.access.getCallerIdentity({});
    expect(arn).toMatch(/:user\/oidc\/corp\/bob$/);
    expect(await refusalFacts(client.keys.listKeys({}))).toMatchObject(denied);
    const { principal } = await administrator.access.describePrincipal({ principal: arn });
    expect(principal).toMatchObject({ subject: 'oidc:corp bob', source: 'PRINCIPAL_SOURCE_OIDC' });
  });

  it.each<[string, () => string | Promise<string>]>([
    ['is for another audience', () => token({ aud: 'other' })],
    ['has expired', () => token({ exp: seconds() - 3600 })],
    ['is of another issuer', () => token({ iss: 'https://other.example.org' })],
    ['was signed with another key', async () => signed(await newKey('k1'), current({}))],
    [
      'was changed',
      () => token().replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify(current({ sub: 'root' }))).toString('base64url')}.`),
    ],
  ])('that %s is nobody’s', async (_, made) => {
    const client = as({ address: server.address, token: await made() });
    expect(await refusalFacts(client.access.getCallerIdentity({}))).toMatchObject(unauthenticated);
  });

  it('that is good is taken after many that were not', async () => {
    const client = as({ address: server.address, token: token({ sub: 'carol' }) });
    await client.access.getCallerIdentity({});
    for (let failures = 0; failures < 30; failures++) {
      const wrong = as({ address: server.address, token: token({ aud: `other ${failures}` }) });
      expect((await refusalFacts(wrong.access.getCallerIdentity({}))).reason).toMatch(/^(UNAUTHENTICATED|THROTTLED)$/);
    }
    expect((await client.access.getCallerIdentity({})).arn).toMatch(/carol$/);
  });

  it('is refused once its principal is on the deny-list', async () => {
    const client = as({ address: server.address, token: token({ sub: 'mallory', jti: 'denied' }) });
    await expect
      .poll(
        () =>
          client.access.getCallerIdentity({}).then(
            () => true,
            () => false,
          ),
        waiting,
      )
      .toBe(true);
    write('denied.txt', 'principal user/oidc/corp/mallory\n');
    await refusedSoon(client);
    const asked = { principal: 'user/oidc/corp/mallory', action: 'kms:ListKeys' };
    expect(await administrator.access.explainDecision(asked)).toMatchObject({ not_let_in: ['NOT_LET_IN_DENIED'] });
  });
});

it('does not log what can be called with, and calls of nobody at level debug only', () => {
  const log = server.log.join('\n');
  expect(presented.length).toBeGreaterThan(30);
  for (const text of presented) expect(log).not.toContain(text.split('.').at(-1));
  expect(log).toContain('call refused');
  expect(log).not.toMatch(/"level":(50|60)/);
});

const tlsAddress = () => (server.addresses[1] ?? '').replace('127.0.0.1', 'localhost');
/** The server looks at its files every five seconds. */
const waiting = { timeout: 30_000, interval: 250 };

async function refusedSoon(client: Latchkey): Promise<void> {
  const refused = () =>
    client.access.getCallerIdentity({}).then(
      () => 'answered',
      ({ reason }: { reason?: string }) => reason,
    );
  await expect.poll(refused, waiting).toBe('UNAUTHENTICATED');
}

function certified({ certificate, key }: Certificate, withToken?: string): Latchkey {
  const tls: TlsOptions = { ca: authority.certificate, certificate, key };
  return as({ address: tlsAddress(), tls, ...(withToken === undefined ? {} : { token: withToken }) });
}

function as(options: Parameters<typeof connect>[0]): Latchkey {
  if (typeof options?.token === 'string') presented.push(options.token);
  const latchkey = connect(options);
  open.push(latchkey);
  return latchkey;
}

function token(claims: Readonly<Record<string, unknown>> = {}): string {
  return signed(issuer, current(claims));
}

function current(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { iat: seconds() - 10, exp: seconds() + 300, ...claims };
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

function write(name: string, text: string): void {
  writeFileSync(join(home, name), text);
  chmodSync(join(home, name), 0o600);
}

const configuration = (folder: string) => `
listeners:
  - address: 127.0.0.1:0
  - address: 127.0.0.1:0
    tls: { certificate: server.pem, key: server.key, client_ca: clients.pem, client_certificate: optional }
  - address: unix:${folder}/socket
identities:
  certificates:
    mapping: [{ san: uri, equals: spiffe://example.org/ns/shop/sa/web, name: web }]
    deny_list: denied.txt
  oidc:
    - { name: corp, issuer: https://issuer.example.org, audience: [latchkey], algorithms: [ES256], jwks_file: jwks.json }
`;
