import { randomBytes } from 'node:crypto';
import { type PresentedToken, accessTokenRandomBytes, accessTokenText, parseAccessToken } from '../access/access-token.ts';

/** A token that did not exist before. `text` is the secret: it is shown to its owner once and kept nowhere. */
export interface NewAccessToken extends PresentedToken {
  readonly text: string;
}

export function newAccessToken(random: (bytes: number) => Uint8Array = randomBytes): NewAccessToken {
  const text = accessTokenText(random(accessTokenRandomBytes));
  const parsed = parseAccessToken(text);
  if (parsed === undefined) throw new Error('The text of a new access token is not one.');
  return { text, ...parsed };
}
