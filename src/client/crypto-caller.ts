import type { PromiseClient } from './promise-client.ts';
import type { Protocol } from './protocol.ts';

type CryptoCalls = PromiseClient<Protocol['crypto']>;

/** The part of a connection that makes these calls. */
export interface CryptoCaller<Call extends keyof CryptoCalls> {
  readonly crypto: Pick<CryptoCalls, Call>;
}

export type EncryptionContext = Readonly<Record<string, string>>;
