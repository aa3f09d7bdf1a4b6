import { z } from 'zod';
import { type CertificateRule, type ClaimRule, type OidcIssuer, jwsAlgorithms } from './config.ts';
import { type PathSchema, freeText, list, oneOf, section, text, whenRight, whole } from './schemas.ts';

/** How certificates and tokens of callers become names of principals. */
export function identities(path: PathSchema) {
  return section({
    certificates: section({
      mapping: list(certificateRule()).default([]),
      deny_list: path.optional(),
    })
      .transform(({ mapping, deny_list: denyList }) => ({ mapping, denyList }))
      .prefault({}),
    oidc: list(oidcIssuer(path))
      .superRefine(refuseTwins, { when: ({ value }) => Array.isArray(value) })
      .default([]),
  }).prefault({});
}

function certificateRule() {
  return section({
    san: oneOf(['uri', 'dns', 'email']),
    equals: subject.optional(),
    prefix: subject.optional(),
    name: text('1 to 64 of A-Z, a-z, 0-9 and + = , . @ _ -', /^[A-Za-z0-9+=,.@_-]{1,64}$/).optional(),
  })
    .refine((rule) => matchOf(rule) !== undefined, {
      message: 'must have either equals and name, or prefix, behind which the name stands.',
      when: whenRight(['equals'], ['prefix'], ['name']),
    })
    .transform(({ san, ...rule }): CertificateRule => ({ san, ...(matchOf(rule) ?? z.NEVER) }));
}

function matchOf({ equals, prefix, name }: { readonly [member in 'equals' | 'prefix' | 'name']?: string | undefined }) {
  if (equals !== undefined && name !== undefined && prefix === undefined) return { equals, name };
  return prefix !== undefined && name === undefined && equals === undefined ? { prefix } : undefined;
}

function oidcIssuer(path: PathSchema) {
  return section({
    name: text('1 to 32 of a-z, 0-9 and -', /^[a-z0-9-]{1,32}$/),
    issuer: freeText(2048),
    audience: list(freeText(1024)),
    algorithms: list(oneOf(jwsAlgorithms)),
    jwks_file: path.optional(),
    jwks_url: z.string(keyUrlDemand).refine(isKeyUrl, keyUrlDemand).optional(),
    claims: list(claimRule())
      .superRefine(refuseTwinClaims, { when: ({ value }) => Array.isArray(value) })
      .default([]),
    clock_skew_seconds: whole(0, 300, 'seconds').default(30),
    name_claim: freeText(256).default('sub'),
  })
    .refine((issuer) => keysOf(issuer) !== undefined, {
      message: 'must have either jwks_file or jwks_url, for the keys that its tokens are signed with.',
      when: whenRight(['jwks_file'], ['jwks_url']),
    })
    .transform(({ name, issuer, audience: audiences, algorithms, ...rest }): OidcIssuer => ({
      name,
      issuer,
      audiences,
      algorithms,
      keys: keysOf(rest) ?? z.NEVER,
      claims: rest.claims,
      clockSkewSeconds: rest.clock_skew_seconds,
      nameClaim: rest.name_claim,
    }));
}

function claimRule() {
  return section({ claim: freeText(256), equals: freeText(1024).optional(), prefix: freeText(1024).optional() })
    .refine((rule) => demandOf(rule) !== undefined, {
      message: 'must have either equals, which the claim is to the letter, or prefix, which it begins with.',
      when: whenRight(['equals'], ['prefix']),
    })
    .transform(({ claim, ...rule }): ClaimRule => ({ claim, ...(demandOf(rule) ?? z.NEVER) }));
}

function demandOf({ equals, prefix }: { readonly equals?: string | undefined; readonly prefix?: string | undefined }) {
  if (equals !== undefined && prefix === undefined) return { equals };
  return prefix !== undefined && equals === undefined ? { prefix } : undefined;
}

function keysOf({
  jwks_file: file,
  jwks_url: url,
}: {
  readonly jwks_file?: string | undefined;
  readonly jwks_url?: string | undefined;
}) {
  if (file !== undefined && url === undefined) return { kind: 'file', path: file } as const;
  return url !== undefined && file === undefined ? ({ kind: 'url', url } as const) : undefined;
}

/** A token names its issuer, and a principal the issuer's name: each must lead to one entry. Entries may be wrong otherwise. */
function refuseTwins(issuers: readonly (Partial<OidcIssuer> | undefined)[], context: z.RefinementCtx): void {
  for (const member of ['name', 'issuer'] as const) refuseTwinMembers({ list: 'oidc', entries: issuers, member }, context);
}

/** All rules must hold: two about one claim would read as if either could. */
function refuseTwinClaims(rules: readonly (Partial<ClaimRule> | undefined)[], context: z.RefinementCtx): void {
  refuseTwinMembers({ list: 'claims', entries: rules, member: 'claim' }, context);
}

function refuseTwinMembers<Member extends string>(
  { list: name, entries, member }: Entries<Member>,
  context: z.RefinementCtx,
): void {
  for (const [index, entry] of entries.entries()) {
    const first = entries.findIndex((other) => other?.[member] === entry?.[member]);
    if (first === index || typeof entry?.[member] !== 'string') continue;
    context.addIssue({ code: 'custom', path: [index, member], message: `must be unique; ${name}[${first}] has it too.` });
  }
}

interface Entries<Member extends string> {
  readonly list: string;
  readonly entries: readonly ({ readonly [member in Member]?: unknown } | undefined)[];
  readonly member: Member;
}

/** Keys that came unencrypted could be anybody's; from this machine itself they need no encryption. */
function isKeyUrl(written: string): boolean {
  const url = /^https?:\/\//.test(written) ? URL.parse(written) : null;
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || loopbackPattern.test(url.hostname);
}

const keyUrlDemand = 'must be an https URL without user and fragment; http only at 127.0.0.1, [::1] or localhost.';
const loopbackPattern = /^(127(\.[0-9]{1,3}){3}|\[::1\]|localhost)$/;
const subject = text('1 to 2048 visible ASCII characters', /^[\x21-\x7e]{1,2048}$/);
