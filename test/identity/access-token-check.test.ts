import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type AccessToken, parseAccessToken } from '../../src/access/access-token.ts';
import { parsePrincipalId } from '../../src/access/principal.ts';
import { KmsError } from '../../src/errors.ts';
import { checkAccessToken } from '../../src/identity/access-token-check.ts';
import { newAccessToken } from '../../src/identity/new-access-token.ts';
import { Missing } from '../../src/keyring/missing.ts';

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return {
    ...real,
    hash: vi.fn<typeof crypto.hash>(real.hash),
    timingSafeEqual: vi.fn<typeof crypto.timingSafeEqual>(real.timingSafeEqual),
  };
});

const now = 1_800_000_000_000;
const { text, tokenId, secretHash } = newAccessToken();
const right: AccessToken = {
  tokenId,
  secretHash,
  principalId: parsePrincipalId('1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11')!,
  createdAt: now - 1000,
  expiresAt: now + 1000,
};
const otherSecret = `${text.slice(0, 20)}${newAccessToken().text.slice(20)}`;

function check(presented: string, found: AccessToken | undefined | Missing, at = now): AccessToken | Missing | KmsError {
  try {
    return checkAccessToken(parseAccessToken(presented)!, () => found, at);
  } catch (error) {
    if (error instanceof KmsError) return error;
    throw error;
  }
}

beforeEach(() => {
  vi.mocked(crypto.hash).mockClear();
  vi.mocked(crypto.timingSafeEqual).mockClear();
});

const failures = [
  ['another secret', otherSecret, right, now],
  ['an unknown id', text, undefined, now],
  ['an expired token', text, right, now + 1000],
  ['a revoked token', text, { ...right, revokedAt: now - 1 }, now],
  ['an expired token and another secret', otherSecret, right, now + 1000],
] as const;

describe('an access token', () => {
  it('is found by its id and taken for its secret, until it expires', () => {
    expect(check(text, right)).toBe(right);
    expect(check(text, right, now + 999)).toBe(right);
  });

  it.each(failures)('is refused in the same words: %s', (_, presented, found, at) => {
    const error = check(presented, found, at);
    expect(error).toMatchObject({ reason: 'UNAUTHENTICATED', message: (check(otherSecret, undefined) as KmsError).message });
  });

  it.each([['the right one', text, right, now] as const, ...failures])('costs the same work: %s', (_, presented, found, at) => {
    check(presented, found, at);
    expect(vi.mocked(crypto.hash)).toHaveBeenCalledTimes(1);
    expect(vi.mocked(crypto.timingSafeEqual)).toHaveBeenCalledTimes(1);
  });

  it('may have to be loaded first', () => {
    const missing = new Missing(async () => {});
    expect(check(text, missing)).toBe(missing);
  });

  it('whose hash is all zeros is not taken for an unknown one', () => {
    const presented = { tokenId, secretHash: '00'.repeat(32) };
    expect(() => checkAccessToken(presented, () => undefined, now)).toThrow(KmsError);
  });
});

describe('a new access token', () => {
  it('is parsed to what is kept of it, which does not have the secret', () => {
    const made = newAccessToken();
    expect(parseAccessToken(made.text)).toEqual({ tokenId: made.tokenId, secretHash: made.secretHash });
    const secret = Buffer.from(made.text.slice(-43), 'base64url');
    expect(made.secretHash).toBe(crypto.createHash('sha256').update(secret).digest('hex'));
  });

  it('differs from every other in id and secret', () => {
    const made = Array.from({ length: 1000 }, () => newAccessToken());
    expect(new Set(made.map((token) => token.tokenId)).size).toBe(1000);
    expect(new Set(made.map((token) => token.secretHash)).size).toBe(1000);
  });

  it('is what its random bytes say', () => {
    const random = (length: number) => Uint8Array.from({ length }, (_, index) => index);
    expect(newAccessToken(random).text).toBe('lk_abcdefghijklmnop_EBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8');
  });
});
