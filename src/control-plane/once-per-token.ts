import { invalidField } from '../errors.ts';
import { type ClientToken, type ClientTokenUse, clientTokenLifetimeMs } from '../keys/client-token.ts';
import type { Decision } from '../keyring/keyring.ts';
import type { Reading } from '../keyring/reading.ts';

/** A change that a caller may ask for again. */
export interface TokenedChange {
  readonly clientToken: ClientToken | undefined;
  /** The call, and the key if it is about one. */
  readonly scope: string;
  /** The parameters, one string for equal ones. */
  readonly parameters: string;
  readonly now: number;
}

/** What a change answers with, so that it can be answered again. */
export type Answered = Pick<ClientTokenUse, 'keyId' | 'keyMaterialId'>;

/**
 * Decides on a change, unless its client token has been used within the last 24 hours: then the change is not made again
 * and the first answer is given. Throws INVALID_REQUEST when the token was used with other parameters.
 */
export async function oncePerToken<T extends Answered>(
  { clientToken, scope, parameters, now }: TokenedChange,
  reading: Reading,
  decide: () => Promise<Decision<T>> | Decision<T>,
): Promise<Decision<T | Answered>> {
  if (clientToken === undefined) return decide();
  const use = await reading.clientTokenUse(scope, clientToken, now);
  if (use === undefined) {
    const { change, answer } = await decide();
    const { keyId, keyMaterialId } = answer;
    const insertClientTokenUse = {
      scope,
      token: clientToken,
      parameters,
      expiresAt: now + clientTokenLifetimeMs,
      keyId,
      ...(keyMaterialId === undefined ? {} : { keyMaterialId }),
    };
    return { change: { ...change, insertClientTokenUse }, answer };
  }
  if (use.parameters !== parameters) {
    throw invalidField(
      'client_token',
      'was used within the last 24 hours with other parameters; take a new token for a new change.',
    );
  }
  return { answer: use };
}
