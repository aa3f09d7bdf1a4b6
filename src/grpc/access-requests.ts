import { accessTokenLifetime } from '../access/access-limits.ts';
import { type AccessTokenId, parseAccessTokenId } from '../access/access-token.ts';
import { isGroupName } from '../access/group.ts';
import { isPolicyName } from '../access/inline-policy.ts';
import { isPathSegment, isPrincipalName } from '../access/principal.ts';
import { type PrincipalReference, parsePrincipalReference } from '../access/principal-reference.ts';
import { type ReadyPolicyName, isReadyPolicyName, readyPolicyNames } from '../access/ready-policy-name.ts';
import { invalidField } from '../errors.ts';
import type { CreatePrincipalRequest__Output } from '../generated/latchkey/v1/CreatePrincipalRequest.ts';
import { type SubjectRules, expectedCertificate, expectedOidc, renamed } from '../identity/expected-subject.ts';
import type { ArnScope } from '../keys/arn.ts';
import { parseChoice } from './requests.ts';

// Proto → domain, of AccessService.

export function parsePrincipal(text: string, scope: ArnScope): PrincipalReference {
  const reference = parsePrincipalReference(text, scope);
  if (reference !== undefined) return reference;
  const form = 'a principal id (UUID in lower case), an ARN of a principal of this account, or a path such as user/token/alice';
  throw invalidField('principal', text === '' ? `is required: ${form}.` : `must be ${form}.`);
}

export function parseGroupName(text: string, field = 'group_name'): string {
  if (isGroupName(text)) return text;
  throw invalidField(field, `${text === '' ? 'is required' : 'must be'}: 1 to 128 of letters, digits and +=,.@_-`);
}

export function parsePolicyName(text: string): string {
  if (isPolicyName(text)) return text;
  throw invalidField('policy_name', `${text === '' ? 'is required' : 'must be'}: 1 to 128 of letters, digits and +=,.@_-`);
}

/** Of a policy that is put: one name must not mean two policies of one principal. */
export function parseNewPolicyName(text: string): string {
  const name = parsePolicyName(text);
  if (isReadyPolicyName(name)) throw invalidField('policy_name', `must not be that of a ready policy, ${name}; choose another.`);
  return name;
}

export function parseReadyPolicy(text: string, field = 'policy_name'): ReadyPolicyName {
  if (isReadyPolicyName(text)) return text;
  throw invalidField(field, `must be a ready policy: ${readyPolicyNames.join(', ')}.`);
}

export function parseReadyPolicies(texts: readonly string[]): readonly ReadyPolicyName[] {
  return distinct(texts, 'ready_policy_names').map((text) => parseReadyPolicy(text, 'ready_policy_names'));
}

export function parseGroupNames(texts: readonly string[]): readonly string[] {
  return distinct(texts, 'group_names').map((text) => parseGroupName(text, 'group_names'));
}

export function parseTokenId(text: string): AccessTokenId {
  const tokenId = parseAccessTokenId(text);
  if (tokenId !== undefined) return tokenId;
  throw invalidField(
    'token_id',
    `${text === '' ? 'is required' : 'must be'}: 16 characters, those between lk_ and the next _ of the token.`,
  );
}

export function parseLifetime(seconds: number): number {
  const { least, greatest, default: ordinary } = accessTokenLifetime;
  if (seconds === 0) return ordinary;
  if (seconds >= least && seconds <= greatest) return seconds;
  throw invalidField('lifetime_seconds', `must be ${least} to ${greatest} (366 days); 0 means ${ordinary} (90 days).`);
}

/** Characters are Unicode code points. */
export function parseTokenDescription(text: string): string {
  if (text.length <= 2 * maxDescriptionCharacters && Array.from(text).length <= maxDescriptionCharacters) return text;
  throw invalidField('description', `may have at most ${maxDescriptionCharacters} characters.`);
}

/** What a principal will be called, and what it authenticates with if that is not access tokens. */
export function parseNewPrincipal(request: CreatePrincipalRequest__Output, rules: SubjectRules): NewPrincipal {
  const { name } = request;
  const source = parseChoice(request.source, {
    field: 'source',
    prefix: 'PRINCIPAL_SOURCE',
    choices: ['ACCESS_TOKEN', 'CERTIFICATE', 'OIDC'],
    fallback: 'ACCESS_TOKEN',
  });
  if (name !== '' && !isPrincipalName(name)) throw invalidField('name', nameForm);
  return source === 'ACCESS_TOKEN' ? withTokens(request) : withSubject(source, request, rules);
}

interface NewPrincipal {
  readonly path: string;
  readonly subject?: string;
}

function withTokens({ name, subject }: CreatePrincipalRequest__Output): NewPrincipal {
  if (name === '') throw invalidField('name', `is required: ${nameForm}`);
  if (isPathSegment(name))
    throw invalidField('name', `must not be ${name}, which other principals have in their paths; choose another.`);
  if (subject !== '') throw invalidField('subject', 'is for CERTIFICATE and OIDC; a principal with access tokens has none.');
  return { path: `user/token/${name}` };
}

function withSubject(
  source: keyof typeof subjects,
  { name, subject }: CreatePrincipalRequest__Output,
  rules: SubjectRules,
): NewPrincipal {
  const { expected, form } = subjects[source];
  const known = expected(subject, rules);
  if (known === undefined) throw invalidField('subject', `${subject === '' ? 'is required' : 'must be'}: ${form(rules)}`);
  return name === '' ? known : (renamed(known, name) ?? known);
}

function distinct(texts: readonly string[], field: string): readonly string[] {
  if (new Set(texts).size === texts.length) return texts;
  throw invalidField(field, 'must have each name once.');
}

const nameForm = '1 to 64 of letters, digits and +=,.@_-';
const subjects = {
  CERTIFICATE: {
    expected: expectedCertificate,
    form: () => 'uri:spiffe://<trust domain>/<path>, dns:<name> or email:<address>, as the subject alternative name says it.',
  },
  OIDC: {
    expected: expectedOidc,
    form: ({ issuers }: SubjectRules) =>
      `oidc:<issuer> <sub>, of an issuer that the server knows: ${issuers.length === 0 ? 'it knows none' : issuers.join(', ')}.`,
  },
} as const;
const maxDescriptionCharacters = 256;
