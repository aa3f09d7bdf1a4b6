import { isPrincipalName } from '../access/principal.ts';
import { type NameRule, namedSubject } from './certificate-subject.ts';
import type { Newcomer } from './identify.ts';
import { oidcSubject } from './oidc-issuer.ts';
import { isSubjectNameKind, parseSubjectName } from './subject-name.ts';

/** How this server names those who come from elsewhere. */
export interface SubjectRules {
  readonly nameRules: readonly NameRule[];
  /** Names of the issuers whose word it takes. */
  readonly issuers: readonly string[];
}

/** `uri:…`, `dns:…` or `email:…` as a certificate would say it, in its one spelling; `undefined` when none can. */
export function expectedCertificate(text: string, { nameRules }: SubjectRules): Newcomer | undefined {
  const [kind, rest] = divided(text, ':');
  if (!isSubjectNameKind(kind)) return undefined;
  const name = parseSubjectName(kind, { bytes: Buffer.from(rest) });
  return name && namedSubject(name, nameRules);
}

/** `oidc:<issuer> <sub>` as a token of one of the issuers would say it; `undefined` when none can. */
export function expectedOidc(text: string, { issuers }: SubjectRules): Newcomer | undefined {
  const [issuer, sub] = divided(text.slice(oidcPrefix.length), ' ');
  return text.startsWith(oidcPrefix) && issuers.includes(issuer) ? oidcSubject(issuer, sub) : undefined;
}

/** The same subject under a name that an administrator has chosen. */
export function renamed({ subject, path }: Newcomer, name: string): Newcomer | undefined {
  return isPrincipalName(name) ? { subject, path: `${path.slice(0, path.lastIndexOf('/'))}/${name}` } : undefined;
}

function divided(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

const oidcPrefix = 'oidc:';
