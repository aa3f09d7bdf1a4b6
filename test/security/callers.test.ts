import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Latchkey, connect } from '../../src/client/connect.ts';
import { openRawClient } from '../e2e/raw-client.ts';
import { openRawExchange } from '../e2e/raw-exchange.ts';
import { type RunningServer, startServer } from '../e2e/start-server.ts';
import { bytesField, message, varintField } from '../e2e/protobuf-bytes.ts';
import { frame } from '../grpc/frame.ts';
import { localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';

/** Who callers are, as the whole server sees it: docs/SECURITY-MODEL.md. */
const home = mkdtempSync(join(tmpdir(), 'latchkey-callers-'));
const authority = makeCa('Latchkey CA');
let server: RunningServer;
let administrator: Latchkey;

beforeAll(async () => {
  const { certificate, key } = authority.issue({ san: localhostNames, usage: 'serverAuth' });
  const files = { 'server.pem': certificate, 'server.key': key, 'ca.pem': authority.certificate, 'denied.txt': '' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text, { mode: 0o600 });
  writeFileSync(join(home, 'latchkey.yaml'), settings);
  server = await startServer({ home, env: { LATCHKEY_CONFIG: join(home, 'latchkey.yaml'), LATCHKEY_GRPC_ADDRESS: '' } });
  administrator = connect({ address: server.address, token: server.token });
});

afterAll(async () => {
  administrator.close();
  await server.kill();
  rmSync(home, { recursive: true });
  removeCertificates();
});

describe('an access token', () => {
  it('that is revoked ends the stream that it opened with the next message, and lets no call in', async () => {
    const { text, tokenId } = await newcomerWithToken('streaming');
    const exchange = openRawExchange({ address: server.address, token: text });
    exchange.write(frame(randomBytes(1)));
    await exchange.answers(1);

    await administrator.access.revokeAccessToken({ token_id: tokenId });

    exchange.write(frame(randomBytes(2)));
    expect(await exchange.status).toBe('16');
    exchange.close();
    await expect(whoIs(connect({ address: server.address, token: text }))).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
  });

  it('is nothing any more once its principal is disabled, and good again when that is enabled', async () => {
    const { text } = await newcomerWithToken('paused');
    const principal = 'user/token/paused';
    await administrator.access.disablePrincipal({ principal });
    await expect(whoIs(connect({ address: server.address, token: text }))).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
    await administrator.access.enablePrincipal({ principal });
    expect(await whoIs(connect({ address: server.address, token: text }))).toBe(`arn:aws:iam::000000000000:${principal}`);
  });
});

describe('a certificate', () => {
  it('makes its subject a principal that may nothing, until somebody lets it', async () => {
    const { certificate, key } = authority.issue({ san: ['URI:spiffe://example.org/late'], usage: 'clientAuth' });
    const late = connect({ address: overTls(), tls: { ca: authority.certificate, certificate, key } });
    const path = 'user/cert/spiffe%3A%2F%2Fexample.org%2Flate';
    expect((await late.access.getCallerIdentity({})).arn).toBe(`arn:aws:iam::000000000000:${path}`);
    await expect(late.crypto.generateRandom({ number_of_bytes: 1 })).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });

    await administrator.access.attachPrincipalPolicy({ principal: path, policy_name: 'key-user' });
    expect((await late.crypto.generateRandom({ number_of_bytes: 1 })).plaintext).toHaveLength(1);
    late.close();
  });

  it('does not make up for a token that does not do', async () => {
    const { certificate, key } = authority.issue({ san: ['URI:spiffe://example.org/both'], usage: 'clientAuth' });
    const tls = { ca: authority.certificate, certificate, key };
    const { text, tokenId } = await newcomerWithToken('both');
    expect(await whoIs(connect({ address: overTls(), tls, token: text }))).toBe('arn:aws:iam::000000000000:user/token/both');
    await administrator.access.revokeAccessToken({ token_id: tokenId });
    await expect(whoIs(connect({ address: overTls(), tls, token: text }))).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
  });
});

/** The last, since it holds up newcomers for a while. */
it('whoever guesses tokens is held up, and nobody whose token is in memory', async () => {
  const failures: (string | undefined)[] = [];
  for (let attempt = 0; attempt < 25; attempt++) {
    const id = `${'abcdefghijklmnop'.slice(0, 14)}${'abcdefghijklmnopqrstuvwxyz'.charAt(attempt)}a`;
    const raw = openRawClient({ address: server.address, token: `lk_${id}_${'A'.repeat(43)}` });
    const answer = await raw.call('AccessService/GetCallerIdentity', new Uint8Array());
    failures.push(answer.ok ? 'OK' : answer.failure.reason);
    raw.close();
  }
  expect(failures[0]).toBe('UNAUTHENTICATED');
  expect(failures.at(-1)).toBe('THROTTLED');
  expect((await administrator.access.getCallerIdentity({})).arn).toBe('arn:aws:iam::000000000000:user/token/administrator');
});

async function newcomerWithToken(name: string): Promise<{ readonly text: string; readonly tokenId: string }> {
  await administrator.access.createPrincipal({ name, ready_policy_names: ['key-user'] });
  const made = await administrator.access.createAccessToken({ principal: `user/token/${name}` });
  return { text: made.access_token, tokenId: made.token?.token_id ?? '' };
}

async function whoIs(latchkey: Latchkey): Promise<string> {
  try {
    return (await latchkey.access.getCallerIdentity({})).arn;
  } finally {
    latchkey.close();
  }
}

function overTls(): string {
  return (server.addresses[1] ?? '').replace('127.0.0.1', 'localhost');
}

/** GenerateRandom of one byte, as a request of Exchange. */
function randomBytes(id: number): Buffer {
  return message(varintField(1, id), bytesField(12, varintField(1, 1)));
}

const settings = `
listeners:
  - address: 127.0.0.1:0
  - address: 127.0.0.1:0
    tls: { certificate: server.pem, key: server.key, client_ca: ca.pem, client_certificate: optional }
identities:
  certificates:
    deny_list: denied.txt
`;
