import { type JWTPayload, type JWTVerifyOptions, errors, jwtVerify } from 'jose';
import { encodedName } from '../access/principal.ts';
import { type ClaimRule, brokenRule } from './claim-rule.ts';
import type { JwtKeySource, JwtKeys } from './jwt-keys.ts';
import { IssuerWithoutKeys, unauthenticated } from './unauthenticated.ts';

/** An issuer of JWTs whose word is taken, for the audiences that are this service. */
export interface OidcIssuer {
  /** As in the paths of its principals. */
  readonly name: string;
  /** `iss`, exactly. */
  readonly issuer: string;
  /** At least one; a token is for one of them. */
  readonly audiences: readonly string[];
  /** At least one. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** What else its tokens must say: an issuer of the whole world's tokens speaks of strangers too. All must hold. */
  readonly claims: readonly ClaimRule[];
  /** The claim that names the principal; whose it is says `sub` alone. */
  readonly nameClaim: string;
  /** How far its clock may be off. */
  readonly clockSkewSeconds: number;
  readonly keys: JwtKeySource;
}

/** Of public keys only: with a shared secret the server could make the tokens that it verifies. */
export const jwtAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;
export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** Whom an issuer speaks of. */
export interface OidcSubject {
  /** `oidc:<issuer name> <sub>` */
  readonly subject: string;
  /** `user/oidc/<issuer name>/<name>` */
  readonly path: string;
}

/** Who presents a token. */
export interface OidcIdentity extends OidcSubject {
  /** Milliseconds since 1970; the token is refused from then on. */
  readonly expiresAt: number;
}

export interface VerifiedJwt {
  readonly identity: OidcIdentity;
  /** What its signature was verified with. */
  readonly keys: JwtKeys;
}

/** Verifies a token at `now` (milliseconds since 1970). Fails with UNAUTHENTICATED. */
export async function verifyJwt(token: string, issuer: OidcIssuer, now: number): Promise<VerifiedJwt> {
  const known = issuer.keys.current() ?? (await issuer.keys.newer(undefined));
  if (known === undefined) throw unauthenticated(new IssuerWithoutKeys(`There are no keys of the issuer ${issuer.name}.`));
  try {
    return await verifiedWith(known, { token, issuer, now });
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw unauthenticated(error);
    return verifiedAfterRotation(known, { token, issuer, now }, error);
  }
}

/** The issuer may have made a key since its keys were last looked at. */
async function verifiedAfterRotation(known: JwtKeys, attempt: Attempt, why: Error): Promise<VerifiedJwt> {
  const newer = await attempt.issuer.keys.newer(known);
  if (newer === undefined) throw unauthenticated(why);
  try {
    return await verifiedWith(newer, attempt);
  } catch (error) {
    throw unauthenticated(error);
  }
}

interface Attempt {
  readonly token: string;
  readonly issuer: OidcIssuer;
  readonly now: number;
}

/** Fails with errors of jose, and with others that say what is wrong: whatever it is, the token does not do. */
async function verifiedWith(keys: JwtKeys, { token, issuer, now }: Attempt): Promise<VerifiedJwt> {
  const { payload, protectedHeader } = await jwtVerify(token, keys.find, expectations(issuer, now));
  requireBearerType(protectedHeader.typ);
  requireClaims(payload, issuer);
  return { identity: identityOf(payload, issuer, now), keys };
}

function expectations({ issuer, audiences, algorithms, clockSkewSeconds }: OidcIssuer, now: number): JWTVerifyOptions {
  return {
    algorithms: [...algorithms],
    issuer,
    audience: [...audiences],
    requiredClaims: ['sub', 'exp'],
    clockTolerance: clockSkewSeconds,
    currentDate: new Date(now),
  };
}

/** Of the other kinds of JWT that issuers sign, such as logout tokens, none may pass for an ID or access token (RFC 8725 §3.12). */
function requireBearerType(type: string | undefined): void {
  if (type === undefined) return;
  if (!bearerTypes.has(type.toLowerCase().replace(/^application\//, ''))) throw new Error('The token is of another type.');
}

function requireClaims(payload: JWTPayload, { claims }: OidcIssuer): void {
  const broken = brokenRule(payload, claims);
  if (broken !== undefined) throw new Error(`The claim ${broken.claim} is not what the configuration demands.`);
}

function identityOf(payload: JWTPayload, { name: issuerName, nameClaim, clockSkewSeconds }: OidcIssuer, now: number): OidcIdentity {
  const skewMs = clockSkewSeconds * 1000;
  const { sub, exp, iat = -Infinity } = payload;
  if (exp === undefined || iat * 1000 > now + skewMs) throw new Error('The token is from the future, or for ever.');
  // Bound to a key that its bearer has to prove (RFC 7800), which no call can: whoever stole it must not be able to use it.
  if ('cnf' in payload) throw new Error('The token is bound to a key.');
  // Logout tokens and other security events (RFC 8417) need not say their type.
  if ('events' in payload) throw new Error('The token tells of an event.');
  const named = payload[nameClaim];
  const subject = typeof sub === 'string' && typeof named === 'string' ? oidcSubject(issuerName, sub, named) : undefined;
  if (subject === undefined) throw new Error('The subject has no name.');
  return { ...subject, expiresAt: Math.min(exp * 1000 + skewMs, Number.MAX_SAFE_INTEGER) };
}

/** `undefined` when `sub` is none that a principal can be called after. */
export function oidcSubject(issuerName: string, sub: string, named = sub): OidcSubject | undefined {
  const name = sub.length <= maxSubCharacters && named.length <= maxSubCharacters ? encodedName(named) : undefined;
  return name === undefined ? undefined : { subject: `oidc:${issuerName} ${sub}`, path: `user/oidc/${issuerName}/${name}` };
}

/** OpenID Connect Core §2. */
const maxSubCharacters = 255;
/** ID tokens, and access tokens of RFC 9068. */
const bearerTypes: ReadonlySet<string> = new Set(['jwt', 'at+jwt']);
