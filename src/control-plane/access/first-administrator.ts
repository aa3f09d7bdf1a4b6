import type { AccessToken } from '../../access/access-token.ts';
import type { Principal, PrincipalId } from '../../access/principal.ts';
import { dayMs } from '../../keys/days.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { ServiceClock } from '../../keyring/service-clock.ts';

export interface FirstAdministratorParts {
  readonly keyring: Pick<Keyring, 'change'>;
  readonly clock: Pick<ServiceClock, 'now' | 'steadyNow'>;
  readonly newPrincipalId: () => PrincipalId;
  readonly newToken: () => NewToken;
  /** Keeps the token where the administrator finds it. It is there, whatever happens, when this fulfils. */
  readonly write: (text: string) => Promise<void>;
}

export interface NewToken extends Pick<AccessToken, 'tokenId' | 'secretHash'> {
  readonly text: string;
}

/**
 * Makes an administrator with a token of 30 days, while no principal exists and none ever did: whoever starts a server for the
 * first time can use it. The token is written before it counts, so that a server that is killed in between has a file that is
 * worth nothing rather than an administrator whom nobody can be. Answers whether it did.
 */
export async function createFirstAdministrator(parts: FirstAdministratorParts): Promise<boolean> {
  const { keyring, newToken, write } = parts;
  const isFirst = await keyring.change(async (reading) => ({ answer: (await reading.principalCount()) === 0 }));
  if (!isFirst) return false;
  const token = newToken();
  await write(token.text);
  return keyring.change(async (reading) => {
    if ((await reading.principalCount()) > 0) return { answer: false };
    const insertPrincipal = administrator(parts.newPrincipalId(), parts.clock.now());
    const insertAccessToken = tokenOf(insertPrincipal, token, parts.clock);
    return { change: { insertPrincipal, insertAccessToken }, answer: true };
  });
}

function administrator(principalId: PrincipalId, now: number): Principal {
  return { principalId, path: 'user/token/administrator', createdAt: now, disabled: false, readyPolicies: ['administrator'] };
}

function tokenOf(
  { principalId }: Principal,
  { tokenId, secretHash }: NewToken,
  clock: FirstAdministratorParts['clock'],
): AccessToken {
  const expiresAt = Math.floor(clock.steadyNow()) + lifetimeDays * dayMs;
  return { tokenId, principalId, secretHash, createdAt: clock.now(), expiresAt, description: 'Made by the first start' };
}

const lifetimeDays = 30;
