import { type JWK, type JWTVerifyGetKey, createLocalJWKSet } from 'jose';
import { z } from 'zod';
import { UnusableSource } from './source.ts';

/** The public keys of an issuer, as they were at one time. Another object means other keys. */
export interface JwtKeys {
  /** The key that a token's header names; fails with an error of jose. */
  readonly find: JWTVerifyGetKey;
}

/** Where the keys of an issuer come from. */
export interface JwtKeySource {
  /** The keys to go by; undefined while there are none. Does not wait. */
  current(): JwtKeys | undefined;
  /** Other keys than those that `known` are, as soon as it is sure that there are none or that nobody will look now. */
  newer(known: JwtKeys | undefined): Promise<JwtKeys | undefined>;
}

/** Reads a JWK Set (RFC 7517 §5). What is not a public key is passed over, a secret above all. Throws UnusableSource. */
export function parseJwks(text: string): JwtKeys {
  const parsed = jwks.safeParse(jsonOf(text));
  if (!parsed.success) throw new UnusableSource(`it is not a JWK Set of at most ${maxKeys} keys`);
  const keys = parsed.data.keys.filter(({ kty, d }) => publicTypes.has(kty) && d === undefined);
  if (keys.length === 0) throw new UnusableSource('there is no public key in the JWK Set');
  try {
    return { find: createLocalJWKSet({ keys: keys as JWK[] }) };
  } catch (cause) {
    throw new UnusableSource('it is no JWK Set that can be used', { cause });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnusableSource('it is not JSON', { cause });
  }
}

const maxKeys = 100;
const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string(), d: z.unknown().optional() })).max(maxKeys) });
/** Not `oct`: a secret that is published verifies nothing. */
const publicTypes: ReadonlySet<string> = new Set(['RSA', 'EC', 'OKP']);
