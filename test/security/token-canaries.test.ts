import { Client, Metadata, type ServiceError, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readMetrics } from '../e2e/metrics-page.ts';
import { useServer } from '../e2e/using-server.ts';

/** What callers identify themselves with shows up in no log line, no metric and no answer, whether it is good or not. */
const under = useServer({ env: { LATCHKEY_LOG_LEVEL: 'debug' } });
let client: Client;
const secrets: string[] = [];
const said: string[] = [];

beforeAll(() => {
  client = new Client(under.server.address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
});
afterAll(() => client.close());

it('of good, revoked, unknown and malformed tokens', async () => {
  const { access } = under.latchkey;
  await access.createPrincipal({ name: 'canary' });
  const [good, revoked] = [
    await access.createAccessToken({ principal: 'user/token/canary', description: 'good' }),
    await access.createAccessToken({ principal: 'user/token/canary' }),
  ];
  await access.revokeAccessToken({ token_id: revoked.token?.token_id ?? '' });
  const canary = 'CANARYcanaryCANARYcanaryCANARYcanaryCANARY1';
  const [, tokenId] = good.access_token.split('_');
  const headers: readonly string[][] = [
    ...[good.access_token, revoked.access_token].map((token) => [`Bearer ${token}`]),
    [`Bearer lk_${tokenId}_${canary}`],
    [`Bearer lk_${'a'.repeat(16)}_${canary}`],
    [`Bearer ${canary}`],
    [`Bearer ${canary}.${canary}.${canary}`],
    [`Basic ${canary}`],
    [`Bearer lk_${tokenId}_${canary} ${canary}`],
    [`Bearer lk_${tokenId}_${canary}`, `Bearer ${good.access_token}`],
    [canary.repeat(200)],
  ];
  secrets.push(canary, ...[good, revoked, { access_token: under.server.token }].map(({ access_token }) => secretOf(access_token)));
  for (const values of headers) for (const path of paths) said.push(await call(path, values));
  expect(said.filter((answer) => answer.startsWith('ok'))).toHaveLength(1);

  // What is kept of tokens does not show them either.
  said.push(JSON.stringify(await access.listAccessTokens({ principal: 'user/token/canary' })));
  said.push(JSON.stringify(await access.describePrincipal({ principal: 'user/token/canary' })));
  const { text } = await readMetrics(under.server.metricsAddress);
  const log = under.server.log.join('\n');
  expect(text).toContain('latchkey_');
  for (const secret of secrets)
    for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, -4), Buffer.from(secret).toString('hex')]) {
      expect(log).not.toContain(form);
      expect(text).not.toContain(form);
      expect(said.join('\n')).not.toContain(form);
    }
});

function call(path: string, authorization: readonly string[]): Promise<string> {
  const metadata = new Metadata();
  for (const value of authorization) metadata.add('authorization', value);
  const { promise, resolve } = Promise.withResolvers<string>();
  const answered = (error: ServiceError | null) =>
    resolve(error === null ? 'ok' : `${error.code} ${error.details} ${JSON.stringify(error.metadata.toJSON())}`);
  client.makeUnaryRequest(path, asItIs, asItIs, Buffer.alloc(0), metadata, answered);
  return promise;
}

/** Behind the id. */
function secretOf(token: string): string {
  return token.slice(token.lastIndexOf('_', token.length - 43) + 1);
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

const paths = [
  'AccessService/GetCallerIdentity',
  'KeyService/ListKeys',
  'CryptoService/Encrypt',
  'ServerService/GetServerInfo',
].map((path) => `/latchkey.v1.${path}`);
