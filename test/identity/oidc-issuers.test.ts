import { beforeAll, describe, expect, it } from 'vitest';
import type { JwtKeys } from '../../src/identity/jwt-keys.ts';
import { parseJwks } from '../../src/identity/jwt-keys.ts';
import { OidcIssuers } from '../../src/identity/oidc-issuers.ts';
import { unauthenticated } from '../../src/identity/unauthenticated.ts';
import { fixedKeys, issuerWith, type IssuerKey, newKey, second, signed } from './jwt-issuer.ts';

let key: IssuerKey;
beforeAll(async () => {
  key = await newKey('k1');
});

/** Issuers over keys that count how often they are looked for, and that can be changed. */
function counting({ maxVerified = 100 } = {}) {
  const state = { now: second * 1000, signatures: 0, keys: counted(key) };
  function counted(...keys: readonly IssuerKey[]): JwtKeys {
    const { find } = parseJwks(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
    return {
      find: (header, token) => {
        state.signatures += 1;
        return find(header, token);
      },
    };
  }
  const keys = { current: () => state.keys, newer: async () => undefined };
  const issuers = new OidcIssuers({ issuers: [issuerWith(keys)], now: () => state.now, maxVerified });
  return { state, issuers, rotateTo: (...others: readonly IssuerKey[]) => (state.keys = counted(...others)) };
}

describe('a token', () => {
  it('is verified once, until it ends', async () => {
    const { state, issuers } = counting();
    const token = signed(key);
    expect(issuers.known(token)).toBeUndefined();
    const identity = await issuers.identify(token);
    expect(issuers.known(token)).toEqual(identity);
    state.now = identity.expiresAt - 1;
    expect(issuers.known(token)).toEqual(identity);
    expect(state.signatures).toBe(1);
    state.now = identity.expiresAt;
    expect(issuers.known(token)).toBeUndefined();
    await expect(issuers.identify(token)).rejects.toThrow(unauthenticated().message);
  });

  it('is verified again when the keys change, so that a key that was withdrawn counts no more', async () => {
    const { state, issuers, rotateTo } = counting();
    const token = signed(key);
    const identity = await issuers.identify(token);
    const other = await newKey('k2');
    rotateTo(key, other);
    expect(issuers.known(token)).toBeUndefined();
    expect(await issuers.identify(token)).toEqual(identity);
    rotateTo(other);
    expect(issuers.known(token)).toBeUndefined();
    await expect(issuers.identify(token)).rejects.toThrow(unauthenticated().message);
    expect(state.signatures).toBe(3);
  });

  it('is verified once for all who call with it at the same time', async () => {
    const { state, issuers } = counting();
    const token = signed(key);
    const found = await Promise.all(Array.from({ length: 100 }, () => issuers.identify(token)));
    expect(new Set(found).size).toBe(1);
    expect(state.signatures).toBe(1);
  });

  it('that is refused is not remembered', async () => {
    const { state, issuers } = counting();
    const token = signed(key, { aud: 'other' });
    await expect(issuers.identify(token)).rejects.toThrow(unauthenticated().message);
    await expect(issuers.identify(token)).rejects.toThrow(unauthenticated().message);
    expect(issuers.known(token)).toBeUndefined();
    expect(state.signatures).toBe(2);
  });

  it('pushes out the one that was used least recently', async () => {
    const { issuers } = counting({ maxVerified: 2 });
    const tokens = ['a', 'b', 'c'].map((sub) => signed(key, { sub }));
    for (const token of tokens) await issuers.identify(token);
    expect(tokens.map((token) => issuers.known(token)?.path)).toEqual([undefined, 'user/oidc/corp/b', 'user/oidc/corp/c']);
  });

  it.each([8192, 8193])('of %i bytes is looked at only if it is not too long', async (length) => {
    const { state, issuers } = counting();
    const token = signedOf(length);
    await issuers.identify(token).catch(() => {});
    expect(state.signatures).toBe(length > 8192 ? 0 : 1);
  });
});

describe('several issuers', () => {
  it('are told apart by what a token says, and each is believed for itself only', async () => {
    const other = await newKey('k1');
    const partner = { name: 'partner', issuer: 'https://partner.example.org', audiences: ['kms'] };
    const issuers = new OidcIssuers({
      issuers: [issuerWith(fixedKeys(key.jwk)), issuerWith(fixedKeys(other.jwk), partner)],
      now: () => second * 1000,
    });
    expect((await issuers.identify(signed(key))).path).toBe('user/oidc/corp/alice@example.org');
    const theirs = { iss: partner.issuer, aud: 'kms' };
    expect((await issuers.identify(signed(other, theirs))).path).toBe('user/oidc/partner/alice@example.org');
    for (const token of [
      signed(key, theirs),
      signed(other),
      signed(other, { ...theirs, aud: 'latchkey' }),
      signed(key, { iss: 'https://nobody.example.org' }),
      signed(key, { iss: undefined }),
      signed(key, { iss: '__proto__' }),
    ]) {
      await expect(issuers.identify(token)).rejects.toThrow(unauthenticated().message);
    }
  });
});

/** A token of exactly this length: one of four lengths of its header makes the rest come out even. */
function signedOf(length: number): string {
  for (let padding = 0; padding < 4; padding++) {
    const token = (filler: number) => signed(key, { filler: 'x'.repeat(filler) }, { padding: 'x'.repeat(padding) });
    const about = Math.floor(((length - token(0).length) * 3) / 4);
    const found = [about - 1, about, about + 1].map(token).find((candidate) => candidate.length === length);
    if (found !== undefined) return found;
  }
  throw new Error(`No token has ${length} bytes.`);
}
