import { describe, expect, it } from 'vitest';
import { parseAccessToken } from '../../src/access/access-token.ts';
import { checkAccessToken } from '../../src/identity/access-token-check.ts';
import { loaded } from '../keyring/open-keyring.ts';
import { idOf, usingAccessWorld } from './using-access-world.ts';

const { call, principal, world } = usingAccessWorld();

const dayMs = 24 * 60 * 60 * 1000;

/** Whether a call with this token would be let in. */
async function isLetIn(text: string): Promise<boolean> {
  const presented = parseAccessToken(text);
  if (presented === undefined) throw new Error('That is no access token.');
  const { keyring, clock } = world().plane;
  const check = () => checkAccessToken(presented, (tokenId) => keyring.directory.accessToken(tokenId), clock.steadyNow());
  return loaded(check).then(
    () => true,
    () => false,
  );
}

describe('access tokens', () => {
  it('let their principal in until they expire', async () => {
    const alice = await principal('alice');
    const { access_token, token } = await call('CreateAccessToken', { principal: alice, lifetime_seconds: 60, description: 'CI' });
    expect(token).toMatchObject({ token_id: access_token.slice(3, 19), revoked: false, description: 'CI' });
    expect(Number(token?.expiration_date?.seconds) - Number(token?.creation_date?.seconds)).toBe(60);
    expect(await isLetIn(access_token)).toBe(true);
    world().clock.advance(59_999);
    expect(await isLetIn(access_token)).toBe(true);
    world().clock.advance(1);
    expect(await isLetIn(access_token)).toBe(false);
    world().clock.jump(-dayMs);
    expect(await isLetIn(access_token)).toBe(false);
  });

  it('last 90 days by default, and 366 at most', async () => {
    const alice = await principal('alice');
    const { token } = await call('CreateAccessToken', { principal: alice });
    expect(Number(token?.expiration_date?.seconds) * 1000).toBe(world().clock.now() + 90 * dayMs);
    await call('CreateAccessToken', { principal: alice, lifetime_seconds: (366 * dayMs) / 1000 });
    for (const lifetime_seconds of [59, (366 * dayMs) / 1000 + 1])
      await expect(call('CreateAccessToken', { principal: alice, lifetime_seconds })).rejects.toThrow(
        'lifetime_seconds: must be 60 to',
      );
    await expect(call('CreateAccessToken', { principal: alice, description: 'ü'.repeat(257) })).rejects.toThrow(
      'description: may have',
    );
  });

  it('are ended for ever by being revoked', async () => {
    const alice = await principal('alice');
    const made = await call('CreateAccessToken', { principal: alice });
    const token_id = idOf(made);
    const { access_token } = made;
    await call('RevokeAccessToken', { token_id });
    await call('RevokeAccessToken', { token_id });
    expect(await isLetIn(access_token)).toBe(false);
    expect((await call('ListAccessTokens', { principal: alice })).tokens).toMatchObject([{ token_id, revoked: true }]);
    await expect(call('RevokeAccessToken', { token_id: 'a'.repeat(16) })).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
    await expect(call('RevokeAccessToken', { token_id: access_token })).rejects.toThrow('token_id: must be');
  });

  it('of no use any more are forgotten when another is made', async () => {
    const alice = await principal('alice');
    const short = await call('CreateAccessToken', { principal: alice, lifetime_seconds: 60 });
    const revoked = await call('CreateAccessToken', { principal: alice });
    const kept = await call('CreateAccessToken', { principal: alice });
    await call('RevokeAccessToken', { token_id: idOf(revoked) });
    world().clock.advance(60_000);
    const made = await call('CreateAccessToken', { principal: alice });
    const { tokens } = await call('ListAccessTokens', { principal: alice });
    expect(tokens.map(({ token_id }) => token_id)).toEqual([idOf(kept), idOf(made)].toSorted());
    for (const { access_token } of [short, revoked]) expect(await isLetIn(access_token)).toBe(false);
  });

  it('are 100 at most, and listed in pages', async () => {
    const alice = await principal('alice');
    const made: string[] = [];
    for (let count = 0; count < 100; count++) {
      made.push(idOf(await call('CreateAccessToken', { principal: alice, description: `${count}` })));
    }
    await expect(call('CreateAccessToken', { principal: alice })).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' });
    const first = await call('ListAccessTokens', { principal: alice, page_size: 60 });
    const second = await call('ListAccessTokens', { principal: alice, page_size: 60, page_token: first.next_page_token });
    expect([...first.tokens, ...second.tokens].map(({ token_id }) => token_id)).toEqual(made.toSorted());
    await call('RevokeAccessToken', { token_id: made[0] ?? '' });
    await call('CreateAccessToken', { principal: alice });
  });

  it('are for principals that authenticate with them', async () => {
    await call('CreatePrincipal', { source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: 'dns:db' });
    await expect(call('CreateAccessToken', { principal: 'user/cert/db' })).rejects.toMatchObject({
      reason: 'UNSUPPORTED_OPERATION',
    });
  });
});
