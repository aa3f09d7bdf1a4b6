import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawAnswer, type RawClient, openRawClient } from '../e2e/raw-client.ts';
import { type Authority, localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';
import { type ApiCall, type Existing, everyCall, plausibleRequest } from './every-call.ts';
import { type StrangerWorld, answersTo, clientOf, contentsOf, openStrangerWorld } from './stranger-world.ts';

/**
 * Whoever is nobody, and whoever may do nothing, gets nothing: no answer to any call that there is, no change, and one text whatever
 * the request names, whether there is such a thing or not.
 */
let world: StrangerWorld;
let requests: readonly { readonly call: ApiCall; readonly path: string; readonly bytes: Buffer }[];
let authority: Authority;
let tlsAddress: string;
const clients: RawClient[] = [];
/** Everybody who is known may ask who they are. */
const forEverybody = 'AccessService/GetCallerIdentity';
const unary = everyCall().filter(({ isStream }) => !isStream);

beforeAll(async () => {
  world = await openStrangerWorld();
  requests = unary.map((call) => ({ call, path: call.path, bytes: call.serialize(plausibleRequest(call, world.existing)) }));
  authority = makeCa('authority');
  const server = authority.issue({ name: 'server', san: [...localhostNames] });
  tlsAddress = await world.listenWithTls({ server, clientCa: [authority] });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await world.close();
  removeCertificates();
});

it('finds the calls, and streams are those that are tested as streams', () => {
  expect(unary.length).toBeGreaterThan(70);
  expect(new Set(unary.map(({ path }) => path.split('/')[0])).size).toBe(4);
  const streams = everyCall().filter(({ isStream }) => isStream);
  expect(streams.map(({ path }) => path)).toEqual(['CryptoService/Exchange']);
});

describe('nobody calls', () => {
  const wrong = {
    'without credentials': async () => '',
    'with a token that is none': async () => 'lk_nonsense',
    'with an unknown token': async () => `lk_${'a'.repeat(16)}_${'A'.repeat(43)}`,
    "with another's token id": async () => `lk_${world.owner.tokenId}_${'A'.repeat(43)}`,
    'with a revoked token': async () => {
      const { access_token, token } = await world.admin.access.createAccessToken({ principal: world.stranger.path });
      await world.admin.access.revokeAccessToken({ token_id: token?.token_id ?? '' });
      return access_token;
    },
    'with an expired token': async () => {
      const { access_token } = await world.admin.access.createAccessToken({ principal: world.stranger.path, lifetime_seconds: 60 });
      world.clock.advance(61_000);
      return access_token;
    },
    'with a token of a disabled principal': async () => {
      const { path, token } = await world.newcomer('disabled');
      await world.admin.access.disablePrincipal({ principal: path });
      return token;
    },
    'with a token of a deleted principal': async () => {
      const { path, token } = await world.newcomer('gone');
      await world.admin.access.deletePrincipal({ principal: path });
      return token;
    },
    'with a JWT of nobody': async () => 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA',
  };
  it.each(Object.entries(wrong))('%s', async (_, token) => {
    const client = remembered(clientOf(world, await token()));
    const before = contentsOf(world);
    const answers = await answersTo(client, requests);
    expect(summary(answers)).toEqual([expect.stringMatching(/^UNAUTHENTICATED UNAUTHENTICATED What the call presents/)]);
    expect(contentsOf(world)).toEqual(before);
  });

  it('with a certificate of another authority', async () => {
    const identity = makeCa('authority').issue({ name: 'eve', san: ['URI:spiffe://example.org/eve'] });
    const before = contentsOf(world);
    const answers = await answersTo(tlsClient(identity), requests.slice(0, 5));
    expect(answers.every((answer) => !answer.ok && answer.failure.code === 'UNAVAILABLE')).toBe(true);
    expect(contentsOf(world)).toEqual(before);
  });
});

describe('somebody who may do nothing calls', () => {
  it('with a token', async () => {
    await expectDenied(remembered(clientOf(world, world.stranger.token)), world.stranger.arn);
  });

  it('with a certificate', async () => {
    const client = tlsClient(authority.issue({ name: 'carol', san: ['URI:spiffe://example.org/carol'] }));
    // The first call makes the principal.
    await client.call(forEverybody, Buffer.alloc(0));
    await expectDenied(client, 'user/cert/');
  });

  async function expectDenied(client: RawClient, itself: string): Promise<void> {
    const before = contentsOf(world);
    const others = requests.filter(({ path }) => path !== forEverybody);
    expect(summary(await answersTo(client, others))).toEqual([denied]);
    expect(contentsOf(world)).toEqual(before);
    const who = requests.filter(({ path }) => path === forEverybody);
    const [answer] = await answersTo(client, who);
    if (answer?.ok !== true) throw new Error('GetCallerIdentity is for everybody.');
    expect(JSON.stringify(who[0]?.call.deserialize(answer.response))).toContain(itself);
  }
});

describe('what there is and what there is not is answered alike', () => {
  const named = [
    'key_id',
    'alias_name',
    'principal',
    'grantee_principal',
    'retiring_principal',
    'grant_id',
    'token_id',
    'group_name',
    'key_material_id',
    'ciphertext_blob',
  ] as const;
  it.each(named)('%s', async (field) => {
    const client = remembered(clientOf(world, world.stranger.token));
    const about = unary.filter(
      ({ path, fields }) => path !== forEverybody && fields.some(({ name }) => holds(field).includes(name)),
    );
    expect(about.length).toBeGreaterThan(0);
    const before = contentsOf(world);
    for (const [what, value] of Object.entries(world.others[field] ?? {})) {
      const changed = about.map((call) => withValue(call, field, value));
      const answers = await answersTo(client, changed);
      expect(summary(answers.map((answer, index) => itemsOf(about[index], answer))), what).toEqual([denied]);
    }
    expect(contentsOf(world)).toEqual(before);
  });

  it('ciphertexts whose key is not named, alone and in batches', async () => {
    const client = remembered(clientOf(world, world.stranger.token));
    const about = unary.filter(({ fields }) => fields.some(({ name }) => name.startsWith('ciphertext_blob')));
    const values = [world.existing.ciphertext_blob, ...Object.values(world.others.ciphertext_blob ?? {})];
    for (const value of values) {
      const changed = about.map((call) => withValue(call, 'ciphertext_blob', value, { key_id: '', source_key_id: '' }));
      const answers = await answersTo(client, changed);
      expect(summary(answers.map((answer, index) => itemsOf(about[index], answer)))).toEqual([denied]);
    }
  });

  it('keys by aliases', async () => {
    const client = remembered(clientOf(world, world.stranger.token));
    const about = unary.filter(({ path }) => path.startsWith('CryptoService/') || path.endsWith('/DescribeKey'));
    const keyed = about.filter(({ fields }) => fields.some(({ name }) => name === 'key_id' || name === 'destination_key_id'));
    const aliases = [world.existing.alias_name, ...Object.values(world.others.alias_name ?? {})].map(String);
    for (const alias of aliases)
      for (const name of [alias, `arn:aws:kms:us-east-1:000000000000:${alias}`, `arn:aws:kms:eu-west-1:000000000000:${alias}`]) {
        const answers = await answersTo(
          client,
          keyed.map((call) => withValue(call, 'key_id', name)),
        );
        expect(summary(answers), name).toEqual([denied]);
      }
  });

  it('grants by tokens, those that have ended too', async () => {
    const client = remembered(clientOf(world, world.stranger.token));
    const retire = unary.filter(({ name }) => name === 'RetireGrant');
    for (const grant_token of [world.existing.grant_token, ...Object.values(world.others.grant_token ?? {})]) {
      const changed = retire.map((call) => withValue(call, 'grant_id', '', { grant_token, key_id: '' }));
      expect(summary(await answersTo(client, changed))).toEqual([denied]);
    }
  });
});

it('the requests are plausible: who may everything is refused none of them for who asks or how', async () => {
  const client = remembered(clientOf(world, world.token));
  // What ends things comes last, so that the others find them.
  const ending = /\/(Delete|Revoke|Retire|Disable|Schedule|Remove|Detach)/;
  const inOrder = [...requests.filter(({ path }) => !ending.test(path)), ...requests.filter(({ path }) => ending.test(path))];
  const unexpected: string[] = [];
  for (const request of inOrder) {
    const [answer] = await answersTo(client, [request]);
    const reason = answer?.ok === false ? (answer.failure.reason ?? answer.failure.code) : 'OK';
    if (/INVALID_(REQUEST|ARN|ALIAS|TAG|CIPHERTEXT|PAGE)|MALFORMED|ACCESS_DENIED|UNAUTHENTICATED|INTERNAL|UNKNOWN/.test(reason))
      unexpected.push(`${request.path}: ${reason} ${answer?.ok === false ? answer.failure.message : ''}`);
  }
  expect(unexpected).toEqual([]);
});

/** A request with another value wherever things of this kind are named. */
function withValue(call: ApiCall, field: keyof Existing, value: string | Buffer, more: object = {}) {
  const changed = { ...plausibleRequest(call, { ...world.existing, [field]: value }), ...more };
  if (call.name === 'CreateAlias' && field === 'alias_name') changed.alias_name = value;
  if (call.name === 'CreateGroup' && field === 'group_name') changed.group_name = value;
  const known = Object.entries(changed).filter(([name]) => call.fields.some((one) => one.name === name));
  return { path: call.path, bytes: call.serialize(Object.fromEntries(known)) };
}

/** Fields whose values come from this one of `Existing`. */
function holds(field: keyof Existing): readonly string[] {
  if (field === 'key_id') return ['key_id', 'source_key_id', 'destination_key_id', 'target_key_id'];
  if (field === 'ciphertext_blob') return ['ciphertext_blob', 'ciphertext_blobs'];
  return [field];
}

/** Of a batch whose items alone are refused, the one refusal of all items. */
function itemsOf(call: ApiCall | undefined, answer: RawAnswer): RawAnswer {
  if (!answer.ok || call === undefined) return answer;
  const { errors = [], failed_count } = call.deserialize(answer.response) as BatchReply;
  const [error] = errors;
  if (failed_count !== 2 || errors.length !== 1 || error?.status?.code !== 7) return answer;
  const failure = {
    code: 'PERMISSION_DENIED',
    reason: 'ACCESS_DENIED',
    message: error.status.message,
    domain: 'latchkey',
    fields: [],
  };
  return { ok: false, failure };
}

interface BatchReply {
  readonly errors?: readonly { readonly status: { readonly code: number; readonly message: string } | null }[];
  readonly failed_count?: number;
}

/** What was answered, each once. */
function summary(answers: readonly RawAnswer[]): readonly string[] {
  const texts = answers.map((answer) =>
    answer.ok
      ? 'OK'
      : `${answer.failure.code} ${answer.failure.reason} ${answer.failure.message} ${answer.failure.fields.join()}`.trim(),
  );
  return [...new Set(texts)];
}

function tlsClient(identity: { readonly key: string; readonly certificate: string }): RawClient {
  const [key, chain] = [Buffer.from(identity.key), Buffer.from(identity.certificate)];
  const channel = credentials.createSsl(Buffer.from(authority.certificate), key, chain);
  return remembered(openRawClient({ address: tlsAddress }, channel));
}

function remembered(client: RawClient): RawClient {
  clients.push(client);
  return client;
}

const denied = expect.stringMatching(/^PERMISSION_DENIED ACCESS_DENIED The caller may not do this/) as string;
