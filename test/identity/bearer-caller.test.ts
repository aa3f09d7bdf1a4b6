import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessToken, AccessTokenId } from '../../src/access/access-token.ts';
import { parsePrincipalId } from '../../src/access/principal.ts';
import { KmsError } from '../../src/errors.ts';
import { type BearerParts, bearerCaller } from '../../src/identity/bearer-caller.ts';
import { FailureLimit } from '../../src/identity/failure-limit.ts';
import { newAccessToken } from '../../src/identity/new-access-token.ts';
import { OidcIssuers } from '../../src/identity/oidc-issuers.ts';
import { Missing } from '../../src/keyring/missing.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { fixedKeys, issuerWith, type IssuerKey, newKey, second, signed } from './jwt-issuer.ts';

const now = second * 1000;
const mine = newAccessToken();
const token: AccessToken = {
  tokenId: mine.tokenId,
  secretHash: mine.secretHash,
  principalId: parsePrincipalId('1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11')!,
  createdAt: now,
  expiresAt: now + 1000,
};
const address = '192.0.2.1';
const bad = `Bearer ${newAccessToken().text}`;

let key: IssuerKey;
let clock: ManualClock;
let parts: BearerParts;
let work: string[];
let loaded: Map<AccessTokenId, AccessToken | undefined>;
beforeAll(async () => {
  key = await newKey('k1');
});
beforeEach(() => {
  clock = new ManualClock(now);
  work = [];
  loaded = new Map([[mine.tokenId, token]]);
  const issuers = new OidcIssuers({ issuers: [issuerWith(fixedKeys(key.jwk))], now: () => clock.now() });
  parts = {
    findToken: (tokenId) => {
      if (loaded.has(tokenId)) return loaded.get(tokenId);
      return new Missing(async () => {
        work.push('load');
        loaded.set(tokenId, undefined);
      });
    },
    issuers: {
      known: (text) => issuers.known(text),
      identify: (text) => {
        work.push('verify');
        return issuers.identify(text);
      },
    },
    failures: new FailureLimit(clock, { burst: 3, perSecond: 1, maxAddresses: 100 }),
    steadyNow: () => clock.now(),
  };
});

/** What becomes of a call, with everything loaded that has to be. */
async function outcomeOf(value: string, from = address): Promise<string> {
  try {
    for (;;) {
      const caller = bearerCaller([value], from, parts);
      if (caller instanceof Missing) await caller.load();
      else if (caller === undefined) return 'nobody';
      else return caller.kind === 'oidc' ? caller.identity.path : caller.token.tokenId;
    }
  } catch (error) {
    if (error instanceof KmsError) return error.reason;
    throw error;
  }
}

async function exhaust(): Promise<void> {
  for (let failure = 0; failure < 3; failure++) await outcomeOf('Bearer x');
}

describe('a caller', () => {
  it('is found by an access token or a JWT', async () => {
    expect(bearerCaller([], address, parts)).toBeUndefined();
    expect(bearerCaller([`Bearer ${mine.text}`], address, parts)).toEqual({ kind: 'access-token', token });
    expect(await outcomeOf(`Bearer ${signed(key)}`)).toBe('user/oidc/corp/alice@example.org');
    expect(await outcomeOf(bad)).toBe('UNAUTHENTICATED');
    expect(await outcomeOf(`Bearer ${signed(key, { aud: 'other' })}`)).toBe('UNAUTHENTICATED');
  });

  it('with a token that was verified before is known at once', async () => {
    const value = `Bearer ${signed(key)}`;
    await outcomeOf(value);
    expect(bearerCaller([value], address, parts)).toMatchObject({ kind: 'oidc' });
    expect(work).toEqual(['verify']);
  });
});

it('has nothing begun for it before somebody waits for that', async () => {
  expect(bearerCaller([`Bearer ${signed(key, { aud: 'other' })}`], address, parts)).toBeInstanceOf(Missing);
  await new Promise((resolve) => setImmediate(resolve));
  expect(work).toEqual([]);
});

describe('an address that failed too often', () => {
  it.each([
    ['a token that has to be loaded', () => `Bearer ${newAccessToken().text}`],
    ['a JWT that has to be verified', () => `Bearer ${signed(key)}`],
  ])('gets nothing done: %s', async (_, value) => {
    await exhaust();
    expect(await outcomeOf(value())).toBe('THROTTLED');
    expect(work).toEqual([]);
    expect(await outcomeOf(value(), '192.0.2.2')).not.toBe('THROTTLED');
    clock.advance(1000);
    expect(await outcomeOf(value())).not.toBe('THROTTLED');
    expect(work).toHaveLength(2);
  });

  it('is told when to come back', async () => {
    await exhaust();
    expect(() => bearerCaller([`Bearer ${signed(key)}`], address, parts)).toThrow(
      expect.objectContaining({ reason: 'THROTTLED', retryAfterMs: 1000 }),
    );
  });

  it('does not lock out neighbours that are known', async () => {
    const value = `Bearer ${signed(key)}`;
    await outcomeOf(value);
    await exhaust();
    expect(await outcomeOf(value)).toBe('user/oidc/corp/alice@example.org');
    expect(await outcomeOf(`Bearer ${mine.text}`)).toBe(mine.tokenId);
  });

  it.each([
    ['no token', () => 'Bearer'],
    ['an unknown access token', () => `Bearer ${newAccessToken().text}`],
    ['another secret', () => `Bearer ${mine.text.slice(0, 20)}${newAccessToken().text.slice(20)}`],
    ['a JWT for somebody else', () => `Bearer ${signed(key, { aud: 'other' })}`],
  ])('has failed with %s', async (_, value) => {
    for (let failure = 0; failure < 3; failure++) expect(await outcomeOf(value())).toBe('UNAUTHENTICATED');
    expect(await outcomeOf(`Bearer ${signed(key)}`)).toBe('THROTTLED');
  });

  it('has not failed because somebody was who they say', async () => {
    for (let call = 0; call < 10; call++) await outcomeOf(`Bearer ${signed(key, { jti: String(call) })}`);
    expect(await outcomeOf(`Bearer ${signed(key)}`)).toBe('user/oidc/corp/alice@example.org');
  });
});

describe('calls at once', () => {
  const outcomes = async (values: readonly string[]) => {
    const found = await Promise.all(values.map((value) => outcomeOf(value)));
    return Map.groupBy(found, (outcome) => outcome);
  };

  it.each([
    ['unknown access tokens', () => `Bearer ${newAccessToken().text}`],
    ['JWTs that do not do', (index: number) => `Bearer ${signed(key, { aud: 'other', jti: String(index) })}`],
  ])('with %s get no more done than one after the other', async (_, value) => {
    const found = await outcomes(Array.from({ length: 100 }, (__, index) => value(index)));
    expect(work).toHaveLength(3);
    expect([found.get('UNAUTHENTICATED')?.length, found.get('THROTTLED')?.length]).toEqual([3, 97]);
  });

  it('with one good JWT share its verification, and none of them is held up', async () => {
    for (let failure = 0; failure < 2; failure++) await outcomeOf('Bearer x');
    const value = `Bearer ${signed(key)}`;
    const found = await outcomes(Array.from({ length: 1000 }, () => value));
    expect([...found.keys()]).toEqual(['user/oidc/corp/alice@example.org']);
    expect(work).toEqual(['verify']);
  });

  it('with good tokens that all differ take turns', async () => {
    const found = await outcomes(Array.from({ length: 100 }, (_, index) => `Bearer ${signed(key, { jti: String(index) })}`));
    expect([...found.keys()]).toEqual(['user/oidc/corp/alice@example.org']);
    expect(work).toHaveLength(100);
  });

  it('wait for nobody from elsewhere', async () => {
    let end = (): void => undefined;
    const blocked = parts.failures.attempt(address, {
      isNeeded: () => true,
      work: () => new Promise<void>((resolve) => (end = resolve)),
    });
    expect(await outcomeOf(`Bearer ${signed(key)}`, '192.0.2.2')).toBe('user/oidc/corp/alice@example.org');
    end();
    await blocked;
  });
});

describe('what is not the caller’s failure', () => {
  it('is that an issuer’s keys cannot be had', async () => {
    const unreachable = { current: () => undefined, newer: async () => undefined };
    parts = { ...parts, issuers: new OidcIssuers({ issuers: [issuerWith(unreachable)], now: () => clock.now() }) };
    for (let call = 0; call < 10; call++) expect(await outcomeOf(`Bearer ${signed(key)}`)).toBe('UNAUTHENTICATED');
  });

  it('is that the store cannot be read', async () => {
    const down = new KmsError('KEY_UNAVAILABLE', 'The store is down.');
    parts = { ...parts, findToken: () => new Missing(() => Promise.reject(down)) };
    for (let call = 0; call < 10; call++) expect(await outcomeOf(bad)).toBe('KEY_UNAVAILABLE');
  });
});
