import type { AccessTokenId } from '../../access/access-token.ts';
import { KmsError } from '../../errors.ts';
import type { ControlPlane } from '../control-plane.ts';

/** No call with the token that begins after this is let in. Revoking it again changes nothing. Throws NO_SUCH_ENTITY. */
export async function revokeAccessToken(
  tokenId: AccessTokenId,
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<void> {
  const now = clock.now();
  await keyring.change(async (reading) => {
    const token = await reading.findAccessToken(tokenId);
    if (token === undefined) throw new KmsError('NO_SUCH_ENTITY', `There is no access token ${tokenId}.`);
    if (token.revokedAt !== undefined) return { answer: undefined };
    return { change: { updateAccessToken: { ...token, revokedAt: now } }, answer: undefined };
  });
}
