import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/identity/credentials.ts';
import { FailureLimit } from '../../src/identity/failure-limit.ts';
import { identifier } from '../../src/identity/identify.ts';
import { newAccessToken } from '../../src/identity/new-access-token.ts';
import { OidcIssuers } from '../../src/identity/oidc-issuers.ts';
import { Missing, untilLoaded } from '../../src/keyring/missing.ts';
import type { Identity } from '../../src/permission/identity.ts';
import { type AccessService, openAccessService } from './access-service.ts';

/** A hundred thousand tokens that nobody has cost one read each at most, none from whoever fails too often, and bounded memory. */
let world: AccessService;
let failures: FailureLimit;
let identify: (authorization: string, address: string) => Promise<Identity>;
const many = 100_000;

beforeAll(async () => {
  world = await openAccessService();
  const { directory } = world.service.dataPlane.keyring;
  failures = new FailureLimit(world.clock);
  const look = identifier({
    findToken: (tokenId) => directory.accessToken(tokenId),
    issuers: new OidcIssuers({ issuers: [], now: () => world.clock.now() }),
    failures,
    steadyNow: () => world.clock.now(),
    principals: directory,
    register: () => Promise.reject(new Error('Nobody is new here.')),
    nameRules: [],
    denyList: () => ({ principals: new Set(), serials: new Set() }),
    owners: new Map(),
  });
  identify = async (token, remoteAddress) => {
    const connection: Connection = { listener: '127.0.0.1:0', remoteAddress, isEncrypted: true, certificate: undefined };
    const found = () => look({ authorization: [`Bearer ${token}`], connection });
    const who = found();
    return who instanceof Missing ? untilLoaded(who, found, () => undefined) : who;
  };
});
afterAll(() => world.close());

it('from addresses that are all different', async () => {
  const tokens = Array.from({ length: many + 1 }, () => newAccessToken().text);
  world.operations.length = 0;
  const reasons = new Set<string | undefined>();
  for (const [index, token] of tokens.entries())
    reasons.add(await reasonOf(identify(token, `2001:db8:${(index >> 12).toString(16)}:${(index & 0xfff).toString(16)}::1`)));
  expect([...reasons]).toEqual(['UNAUTHENTICATED']);
  expect(world.operations).toHaveLength(many + 1);
  expect(new Set(world.operations)).toEqual(new Set(['readAccessToken']));
  expect(failures.size).toBeLessThanOrEqual(65_536);

  world.operations.length = 0;
  for (const token of tokens.slice(-1000)) expect(await reasonOf(identify(token, '192.0.2.1'))).toBe('UNAUTHENTICATED');
  expect(world.operations).toEqual([]);
  // The oldest had to make room.
  expect(await reasonOf(identify(tokens[0] ?? '', '2001:db8:ffff::1'))).toBe('UNAUTHENTICATED');
  expect(world.operations).toHaveLength(1);
});

it('from one address, where somebody is known who is not held up', async () => {
  const address = '198.51.100.7';
  const { who } = await identify(world.token, address);
  world.operations.length = 0;
  const reasons = new Map<string | undefined, number>();
  for (let index = 0; index < 1000; index++) {
    const reason = await reasonOf(identify(newAccessToken().text, address));
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  expect(reasons.get('THROTTLED')).toBeGreaterThan(900);
  expect(world.operations.length).toBe(reasons.get('UNAUTHENTICATED'));
  expect((await identify(world.token, address)).who).toBe(who);
});

it('the secret of a token that exists is not found by its id', async () => {
  const [, tokenId] = world.token.split('_');
  const guess = `lk_${tokenId}_${randomBytes(32).toString('base64url')}`;
  expect(await reasonOf(identify(guess, '203.0.113.1'))).toBe('UNAUTHENTICATED');
});

async function reasonOf(identified: Promise<unknown>): Promise<string | undefined> {
  try {
    await identified;
    return undefined;
  } catch (error) {
    return (error as { readonly reason?: string }).reason;
  }
}
