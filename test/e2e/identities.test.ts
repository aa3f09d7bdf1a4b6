import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientSessionOptions, type IncomingHttpHeaders, connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Latchkey, connect } from '../../src/client/connect.ts';
import { loadProtocol } from '../../src/client/protocol.ts';
import { newAccessToken } from '../../src/identity/new-access-token.ts';
import { type ExchangeClient, openExchange } from './exchange-client.ts';
import { failure, openRawClient } from './raw-client.ts';
import { refusalFacts } from './refusal.ts';
import { type RunningServer, startServer } from './start-server.ts';

/** Servers that are reached by TCP and by a Unix socket. */
const { GetCallerIdentity } = loadProtocol().access;
const unauthenticated = { code: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED' };
const stranger = newAccessToken().text;
let home: string;
let server: RunningServer;
let latchkey: Latchkey;
const open: { close(): void }[] = [];

/** A new server, since one remembers who failed too often. */
function useOwnServer(): void {
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'latchkey-identities-'));
    server = await startServer({ home, env: { LATCHKEY_GRPC_ADDRESS: `127.0.0.1:0,unix:${home}/socket` } });
    latchkey = closedAtEnd(connect({ address: server.address, token: server.token }));
  });
  afterAll(async () => {
    for (const one of open.splice(0)) one.close();
    await server.kill();
    await rm(home, { recursive: true, force: true });
  });
}

describe('a call', () => {
  useOwnServer();

  it.each<[string, readonly string[]]>([
    ['no authorization', []],
    ['an empty one', ['']],
    ['a scheme alone', ['Bearer']],
    ['a scheme and a space', ['Bearer ']],
    ['another scheme', ['Basic dXNlcjpwYXNzd29yZA==']],
    ['a token that is none', ['Bearer x']],
    ['a token that nobody has', [`Bearer ${stranger}`]],
    ['what looks like a JWT', ['Bearer a.b.c']],
    ['a JWT that names an issuer', [`Bearer ${unsigned({ iss: 'https://issuer.example.org', sub: 'x' })}`]],
    ['more than a header may have', [`Bearer ${'a'.repeat(9000)}`]],
  ])('with %s is nobody’s', async (_, authorization) => {
    expect(await whoIs(authorization)).toMatchObject(unauthenticated);
  });

  it('with a right token is refused when anything stands beside it', async () => {
    const right = `Bearer ${server.token}`;
    expect(await whoIs([right])).toMatch(/:user\/token\/admin/);
    for (const wrong of [`${right}, ${right}`, `${right} x`, right.slice(0, -1), ` ${right}`])
      expect(await whoIs([wrong]), wrong).toMatchObject(unauthenticated);
  });

  it.each([
    ['twice the same', () => [server.token, server.token]],
    ['a right one first', () => [server.token, stranger]],
    ['a right one last', () => [stranger, server.token]],
  ])('with two values of authorization is nobody’s: %s', async (_, tokens) => {
    expect(await statusOfCallWith(tokens().map((token) => `Bearer ${token}`))).toBe(String(status.UNAUTHENTICATED));
    expect(await statusOfCallWith([`Bearer ${server.token}`])).toBe(String(status.OK));
  });

  it('says nothing about which way it was wrong', async () => {
    const client = closedAtEnd(openRawClient({ address: server.address }));
    const texts = [[], ['Bearer'], [`Bearer ${stranger}`], ['Bearer a.b.c'], [`Bearer ${server.token.slice(0, -3)}AAA`]];
    const messages = await Promise.all(
      texts.map(
        async (authorization) => (await failure(client.call('AccessService/GetCallerIdentity', empty, { authorization }))).message,
      ),
    );
    expect(new Set(messages).size).toBe(1);
  });

  it('of whoever failed too often has to wait, and of whoever is known has not', async () => {
    for (let failures = 0; failures < 40; failures++) await whoIs(['Bearer']);
    expect(await whoIs([`Bearer ${newAccessToken().text}`])).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'THROTTLED' });
    expect(await whoIs([`Bearer ${server.token}`])).toMatch(/:user\/token\/admin/);
  });

  it.each([
    ['CryptoService/Encrypt', 'an operation of the hot path'],
    ['KeyService/CreateKey', 'one that makes something'],
    ['ServerService/GetServerInfo', 'one that only shows'],
    ['AccessService/ListReadyPolicies', 'one that shows what everybody can read'],
  ])('of %s, %s, is refused before its request is looked at', async (method) => {
    const client = closedAtEnd(openRawClient({ address: server.address }));
    const malformed = Buffer.from([0xff, 0xff, 0xff]);
    expect(await failure(client.call(method, malformed))).toMatchObject(unauthenticated);
  });
});

describe('an access token', () => {
  useOwnServer();

  it('is known again after a restart', async () => {
    const own = await startServer();
    await own.stop();
    const again = await startServer({ home: join(own.dataDirectory, '..') });
    const restarted = connect({ address: again.address, token: own.token });
    try {
      expect((await restarted.access.getCallerIdentity({})).arn).toMatch(/:user\/token\/admin/);
      expect(again.token).toBe(own.token);
    } finally {
      restarted.close();
      await again.kill();
      await rm(join(own.dataDirectory, '..'), { recursive: true, force: true });
    }
  });

  it('is refused from the moment on when it was revoked', async () => {
    const { client, tokenId } = await newcomer('revoked');
    await client.access.getCallerIdentity({});
    await latchkey.access.revokeAccessToken({ token_id: tokenId });
    expect(await refusalFacts(client.access.getCallerIdentity({}))).toMatchObject(unauthenticated);
  });

  it('is refused while its principal is disabled', async () => {
    const { client, principal } = await newcomer('disabled');
    await latchkey.access.disablePrincipal({ principal });
    expect(await refusalFacts(client.access.getCallerIdentity({}))).toMatchObject(unauthenticated);
    await latchkey.access.enablePrincipal({ principal });
    expect((await client.access.getCallerIdentity({})).arn).toContain(principal);
  });

  it('is refused once its principal is deleted', async () => {
    const { client, principal } = await newcomer('deleted');
    await latchkey.access.deletePrincipal({ principal });
    expect(await refusalFacts(client.access.getCallerIdentity({}))).toMatchObject(unauthenticated);
  });

  it('of whom nobody has allowed anything says who it is, and no more', async () => {
    const { client, principal } = await newcomer('powerless');
    const { key_metadata: key } = await latchkey.keys.createKey({});
    const key_id = key?.key_id ?? '';
    expect((await client.access.getCallerIdentity({})).arn).toContain(principal);
    const denied = { code: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' };
    const absent = '00000000-0000-4000-8000-000000000000';
    expect(await refusalFacts(client.keys.createKey({}))).toMatchObject(denied);
    expect(await refusalFacts(client.keys.listKeys({}))).toMatchObject(denied);
    expect(await refusalFacts(client.keys.describeKey({ key_id }))).toMatchObject(denied);
    expect(await refusalFacts(client.keys.describeKey({ key_id: absent }))).toMatchObject(denied);
    expect(await refusalFacts(client.crypto.encrypt({ key_id, plaintext: Buffer.of(1) }))).toMatchObject(denied);
    expect(await refusalFacts(client.crypto.generateRandom({ number_of_bytes: 1 }))).toMatchObject(denied);
    expect(await refusalFacts(client.server.getServerInfo({}))).toMatchObject(denied);
  });
});

describe('a stream of Exchange', () => {
  useOwnServer();

  it.each([
    ['nobody', 'x'],
    ['a token that nobody has', stranger],
    ['what looks like a JWT', 'a.b.c'],
  ])('of %s ends before it begins', async (_, token) => {
    const stream = closedAtEnd(openExchange({ address: server.address, token }));
    expect(await stream.ended).toMatchObject(unauthenticated);
    expect(stream.received).toEqual([]);
  });

  it.each<[string, (who: Newcomer) => Promise<unknown>]>([
    ['its token is revoked', ({ tokenId }) => latchkey.access.revokeAccessToken({ token_id: tokenId })],
    ['its principal is disabled', ({ principal }) => latchkey.access.disablePrincipal({ principal })],
  ])('ends with the next request once %s', async (why, lockOut) => {
    const who = await newcomer(why.replaceAll(' ', '-'), ['key-user']);
    const stream = closedAtEnd(openExchange({ address: server.address, token: who.token }));
    expect(await randomOn(stream, 1)).toBe('generate_random');
    await lockOut(who);
    stream.send({ id: 2, generate_random: { number_of_bytes: 1 } });
    expect(await stream.ended).toMatchObject(unauthenticated);
    expect(stream.received.map(({ id }) => id)).not.toContain('2');
  });
});

describe('a Unix socket', () => {
  useOwnServer();

  it('is its owner’s, who is the administrator without a token', async () => {
    expect(await whoIs([], socket())).toMatch(/:user\/local\/administrator$/);
    const owner = closedAtEnd(connect({ address: socket() }));
    expect((await owner.keys.createKey({})).key_metadata?.key_id).toBeDefined();
  });

  it('takes no wrong token, and with a right one it is whose that is', async () => {
    for (const wrong of ['Bearer', `Bearer ${stranger}`, 'Bearer a.b.c'])
      expect(await whoIs([wrong], socket()), wrong).toMatchObject(unauthenticated);
    expect(await whoIs([`Bearer ${server.token}`], socket())).toMatch(/:user\/token\/admin/);
  });
});

const socket = () => server.addresses[1] ?? '';
const empty = Buffer.alloc(0);

/** The ARN of who calls with these values, or the refusal. */
async function whoIs(authorization: readonly string[], address = server.address): Promise<unknown> {
  const client = closedAtEnd(openRawClient({ address }));
  const answer = await client.call('AccessService/GetCallerIdentity', empty, { authorization });
  return answer.ok ? GetCallerIdentity.responseDeserialize(answer.response).arn : answer.failure;
}

/** The gRPC status of a call with these headers, which neither grpc-js nor Node would send. */
async function statusOfCallWith(authorization: readonly string[]): Promise<string> {
  const several = { strictSingleValueFields: false } as ClientSessionOptions;
  const session = closedAtEnd(connectHttp2(`http://${server.address}`, several));
  const stream = session.request({
    ':method': 'POST',
    ':path': '/latchkey.v1.AccessService/GetCallerIdentity',
    'content-type': 'application/grpc',
    te: 'trailers',
    // Node's types know that there is one.
    authorization: [...authorization] as unknown as string,
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  const look = (headers: IncomingHttpHeaders) => {
    if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']));
  };
  stream.on('response', look).on('trailers', look).resume();
  // A message without fields.
  stream.end(Buffer.alloc(5));
  return promise;
}

interface Newcomer {
  readonly client: Latchkey;
  readonly principal: string;
  readonly token: string;
  readonly tokenId: string;
}

/** A principal with a token. */
async function newcomer(name: string, policies: readonly string[] = []): Promise<Newcomer> {
  await latchkey.access.createPrincipal({ name, ready_policy_names: [...policies] });
  const principal = `user/token/${name}`;
  const { access_token: token, token: about } = await latchkey.access.createAccessToken({ principal });
  const client = closedAtEnd(connect({ address: server.address, token }));
  return { client, principal, token, tokenId: about?.token_id ?? '' };
}

async function randomOn(stream: ExchangeClient, id: number): Promise<string | undefined> {
  stream.send({ id, generate_random: { number_of_bytes: 1 } });
  return (await stream.answer(id)).result;
}

function unsigned(claims: object): string {
  const parts = [{ alg: 'ES256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `${parts.join('.')}.${Buffer.alloc(64).toString('base64url')}`;
}

function closedAtEnd<T extends { close(): void }>(one: T): T {
  open.push(one);
  return one;
}
