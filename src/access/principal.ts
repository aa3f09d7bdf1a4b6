import type { Arn, ArnScope } from '../keys/arn.ts';
import type { Tag } from '../keys/tag.ts';
import type { InlinePolicy } from './inline-policy.ts';
import type { ReadyPolicyName } from './ready-policy-name.ts';

/** A principal's id: a UUID in lower case. It is never used again, and policies and grants bind to it. */
export type PrincipalId = string & { readonly [brand]: 'PrincipalId' };

/** Somebody who may call. Times are milliseconds since 1970. */
export interface Principal {
  readonly principalId: PrincipalId;
  /** `user/token/alice`; never used again, also when the principal is gone. */
  readonly path: string;
  /** `uri:spiffe://…`, `dns:…`, `email:…` of a certificate, or `oidc:<issuer name> <sub>`; absent for principals with access tokens. Unique. */
  readonly subject?: string;
  readonly createdAt: number;
  readonly disabled: boolean;
  readonly tags?: readonly Tag[];
  /** Names. */
  readonly groups?: readonly string[];
  readonly readyPolicies?: readonly ReadyPolicyName[];
  readonly inlinePolicies?: readonly InlinePolicy[];
  /** Deleted: nothing but ids and dates is left, so that neither name nor id is used again. */
  readonly deletedAt?: number;
}

/** `undefined` when the text is not a principal's id. Upper case is not: one principal, one spelling. */
export function parsePrincipalId(text: string): PrincipalId | undefined {
  return idPattern.test(text) ? (text as PrincipalId) : undefined;
}

/** What stays of a principal that is deleted. */
export function deletedPrincipal({ principalId, path, subject, createdAt }: Principal, now: number): Principal {
  return { principalId, path, ...(subject !== undefined && { subject }), createdAt, disabled: true, deletedAt: now };
}

/** Of a path, or of `root`, the account itself. */
export function principalArn(scope: ArnScope, path: string): Arn {
  return `arn:${scope.partition}:iam::${scope.account}:${path}`;
}

/** The path that an ARN names, which may be `root`; `undefined` when it is no ARN that a principal of this account can have. */
export function parsePrincipalArn(text: string, scope: ArnScope): string | undefined {
  const prefix = principalArn(scope, '');
  if (!text.startsWith(prefix)) return undefined;
  const path = text.slice(prefix.length);
  return path === 'root' || pathPattern.test(path) ? path : undefined;
}

/** Whether an administrator may give a principal or an issuer this name. */
export function isPrincipalName(text: string): boolean {
  return namePattern.test(text);
}

/**
 * Whether paths of other principals stand below this name. As `aws:username` of somebody with access tokens it would make
 * `${aws:username}/*` fit all of these.
 */
export function isPathSegment(name: string): boolean {
  return pathSegments.has(name);
}

/**
 * The name of what was named elsewhere: bytes that names do not have become `%XX`, so that two texts never make one name.
 * `undefined` when it would be empty or too long.
 */
export function encodedName(text: string): string | undefined {
  if (!text.isWellFormed()) return undefined;
  const name = text.replaceAll(foreign, percentEncoded);
  return name !== '' && name.length <= maxEncodedCharacters ? name : undefined;
}

function percentEncoded(characters: string): string {
  const bytes = [...Buffer.from(characters)];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

declare const brand: unique symbol;
const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const namePattern = /^[A-Za-z0-9+=,.@_-]{1,64}$/;
const pathSegments: ReadonlySet<string> = new Set(['cert', 'local', 'oidc', 'token']);
const foreign = /[^A-Za-z0-9+=,.@_-]+/g;
const maxEncodedCharacters = 512;
const pathPattern =
  /^user\/(?:local\/administrator|token\/[A-Za-z0-9+=,.@_-]{1,64}|(?:cert|oidc\/[A-Za-z0-9+=,.@_-]{1,64})\/(?:[A-Za-z0-9+=,.@_-]|%[0-9A-F]{2}){1,512})$/;
