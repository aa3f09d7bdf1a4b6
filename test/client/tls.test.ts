import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connect, type ConnectOptions, type Latchkey, LatchkeyError, type TlsOptions } from '../../src/client/connect.ts';
import { type Certificate, makeCa, removeCertificates } from '../tls/certificates.ts';
import { serve } from './serve.ts';

const ca = makeCa('Test authority');
const otherCa = makeCa('Another authority');
const localhost = ca.issue({ san: ['DNS:localhost', 'IP:127.0.0.1'] });
const client = ca.issue({ san: ['URI:spiffe://example.org/payments'] });
const cleanups: (() => void)[] = [];
// Whoever runs the tests may have a server with a token in this folder.
beforeEach(() => void vi.stubEnv('LATCHKEY_SECRETS_DIR', '/no-such-folder'));
afterEach(() => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});
afterAll(removeCertificates);

/** A server with this certificate; it answers with what calls are authorized with. With `clients`, it wants a certificate of them. */
async function serving(server: Certificate, clients?: string): Promise<string> {
  const pair = { cert_chain: Buffer.from(server.certificate), private_key: Buffer.from(server.key) };
  const authority = clients === undefined ? null : Buffer.from(clients);
  let version = '';
  const { address, stop } = await serve(
    { GetServerInfo: () => ({ version }), Exchange: () => ({}) },
    undefined,
    {},
    {
      credentials: ServerCredentials.createSsl(authority, [pair], clients !== undefined),
      seen: (_, metadata) => (version = metadata.get('authorization').join()),
    },
  );
  cleanups.push(stop);
  return address;
}

function connected(options: ConnectOptions): Latchkey {
  const latchkey = connect(options);
  cleanups.push(() => latchkey.close());
  return latchkey;
}

async function outcomeOf(options: ConnectOptions): Promise<string> {
  try {
    return `answered "${(await connected(options).server.getServerInfo({})).version}"`;
  } catch (error) {
    if (error instanceof LatchkeyError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe('a connection with TLS', () => {
  test('carries the token to a server that its authority vouches for', async () => {
    const address = await serving(localhost);
    const byName = address.replace('127.0.0.1', 'localhost');
    const warned = vi.spyOn(process, 'emitWarning');
    expect(await outcomeOf({ address: byName, token: 'lk_mine', tls: { ca: ca.certificate } })).toBe('answered "Bearer lk_mine"');
    expect(await outcomeOf({ address, token: 'lk_mine', tls: { ca: Buffer.from(ca.certificate) } })).toBe(
      'answered "Bearer lk_mine"',
    );
    expect(warned).not.toHaveBeenCalled();
  });

  test.each([
    ['another authority', localhost, { ca: otherCa.certificate }, /unable to (?:get local issuer|verify the first) certificate/],
    ['the authorities of the system', localhost, true, /unable to (?:get local issuer|verify the first) certificate/],
    ['another name', ca.issue({ san: ['DNS:kms.example.org'] }), { ca: ca.certificate }, /is not in the cert's list/],
    [
      'another name that is asked for',
      localhost,
      { ca: ca.certificate, serverName: 'kms.example.org' },
      /does not match certificate's altnames/,
    ],
    [
      'a date that has passed',
      ca.issue({ san: ['IP:127.0.0.1'], notAfter: new Date(Date.now() - 60_000) }),
      { ca: ca.certificate },
      /certificate has expired/,
    ],
  ] as [string, Certificate, true | TlsOptions, RegExp][])('is refused to a server of %s', async (_, server, tls, why) => {
    const address = await serving(server);
    const outcome = await outcomeOf({ address, token: 'lk_mine', tls });
    expect(outcome).toMatch(/^UNAVAILABLE: /);
    expect(outcome).toMatch(why);
  });

  test('may ask for another name than that of the address', async () => {
    const address = await serving(ca.issue({ san: ['DNS:kms.example.org'] }));
    expect(await outcomeOf({ address, tls: { ca: ca.certificate, serverName: 'kms.example.org' } })).toBe('answered ""');
  });

  test('is not answered by a server in the clear, and does not fall back to that', async () => {
    const { address, stop } = await serve({ GetServerInfo: () => ({}) });
    cleanups.push(stop);
    expect(await outcomeOf({ address, token: 'lk_mine', tls: { ca: ca.certificate } })).toMatch(/^UNAVAILABLE: /);
  });

  test('shows its certificate where that is wanted', async () => {
    const address = await serving(localhost, ca.certificate);
    const certified = { ca: ca.certificate, certificate: client.certificate, key: client.key };
    expect(await outcomeOf({ address, tls: certified })).toBe('answered ""');
    expect(await outcomeOf({ address, tls: { ca: ca.certificate } })).toMatch(/^UNAVAILABLE: /);
    const stranger = otherCa.issue({ san: ['URI:spiffe://example.org/payments'] });
    expect(await outcomeOf({ address, tls: { ...certified, certificate: stranger.certificate, key: stranger.key } })).toMatch(
      /^UNAVAILABLE: /,
    );
  });

  test.each([
    ['what is no PEM', { ca: 'authority' }],
    ['a certificate that is cut off', { ca: `${ca.certificate}${ca.certificate.replace(/\n.{20}/, '\n')}` }],
    ['a certificate without its key', { certificate: client.certificate }],
    ['a key without its certificate', { key: client.key }],
    ['the key of another certificate', { certificate: client.certificate, key: localhost.key }],
    ['options that there are not', { cert: client.certificate } as TlsOptions],
    ['no object', 'yes' as unknown as TlsOptions],
  ])('is refused with %s', (_, tls) => {
    expect(() => connect({ tls })).toThrow(TypeError);
  });
});

describe('the environment', () => {
  test('says how to connect where the program does not', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-tls-'));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const file = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text, { mode: 0o600 });
      return join(directory, name);
    };
    const address = await serving(localhost, ca.certificate);
    vi.stubEnv('LATCHKEY_CA', file('ca.pem', ca.certificate));
    vi.stubEnv('LATCHKEY_CERTIFICATE', file('certificate.pem', client.certificate));
    vi.stubEnv('LATCHKEY_KEY', file('key.pem', client.key));
    vi.stubEnv('LATCHKEY_SECRETS_DIR', directory);
    file('admin.token', 'lk_admin');
    // Who has a certificate needs no token that nobody named.
    expect(await outcomeOf({ address })).toBe('answered ""');
    vi.stubEnv('LATCHKEY_TOKEN', 'lk_variable');
    expect(await outcomeOf({ address, token: 'lk_mine' })).toBe('answered "Bearer lk_mine"');
    vi.stubEnv('LATCHKEY_CERTIFICATE', '');
    expect(() => connect({ address })).toThrow('certificate and key go together');
  });

  test('has a token that is not sent in the clear to another machine', () => {
    vi.stubEnv('LATCHKEY_TOKEN', 'lk_variable');
    expect(() => connect({ address: 'kms.example.org:50051' })).toThrow('in the clear');
    connect({ address: 'kms.example.org:50051', tls: true }).close();
  });
});
