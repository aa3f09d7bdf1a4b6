import type { KeyId } from './key-id.ts';
import type { KeyMaterialId } from './key-material-id.ts';

/** A caller's name for one change, so that the change can be asked for again without happening twice. */
export type ClientToken = string & { readonly [brand]: 'ClientToken' };

/** What a token's first use did, and with which parameters. Times are milliseconds since 1970. */
export interface ClientTokenUse {
  /** The call and what it is about: tokens of different calls, and of different keys, do not meet. */
  readonly scope: string;
  readonly token: ClientToken;
  /** The parameters, one string for equal ones. */
  readonly parameters: string;
  readonly expiresAt: number;
  /** The ids that the answer is made from. */
  readonly keyId: KeyId;
  readonly keyMaterialId?: KeyMaterialId;
}

export const clientTokenLifetimeMs = 24 * 60 * 60 * 1000;

/** `undefined` when the text is not a client token. */
export function parseClientToken(text: string): ClientToken | undefined {
  return pattern.test(text) ? (text as ClientToken) : undefined;
}

declare const brand: unique symbol;
const pattern = /^[a-zA-Z0-9_.-]{1,64}$/;
