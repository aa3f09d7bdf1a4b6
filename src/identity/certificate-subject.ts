import type { X509Certificate } from 'node:crypto';
import { encodedName } from '../access/principal.ts';
import { KmsError } from '../errors.ts';
import { type CertificateFacts, type GeneralName, certificateFacts } from './certificate-extensions.ts';
import { DerError } from './der.ts';
import { type SubjectName, type SubjectNameKind, isSubjectNameKind, parseSubjectName } from './subject-name.ts';

/** Whose a certificate is. */
export interface CertificateSubject extends NamedSubject {
  /** In hex, lower case, without leading zeros. Unique among the certificates of one authority. */
  readonly serial: string;
  /** Milliseconds since 1970; the certificate says nothing any more after that. */
  readonly notAfter: number;
}

export interface NamedSubject {
  /** `uri:spiffe://…`, `dns:…` or `email:…`. */
  readonly subject: string;
  /** `user/cert/<name>` */
  readonly path: string;
}

/**
 * A rule for the names of principals, about subject alternative names of one kind: this one is called `name`, or all that begin with
 * `prefix` are called what follows.
 */
export type NameRule =
  | { readonly san: SubjectNameKind; readonly equals: string; readonly name: string }
  | { readonly san: SubjectNameKind; readonly prefix: string };

/**
 * The subject of a certificate that TLS has verified, by its one usable subject alternative name; the first rule that fits gives the
 * principal its name. The common name is never looked at. Throws UNAUTHENTICATED, which says what is wrong: who is told has the
 * certificate.
 */
export function certificateSubject(
  certificate: Pick<X509Certificate, 'raw' | 'validToDate'>,
  rules: readonly NameRule[],
): CertificateSubject {
  const { serial, names, isAuthority, isForClients } = readFacts(certificate.raw);
  if (isAuthority) throw refused('it is that of an authority, which signs other certificates');
  if (!isForClients) throw refused('its extended key usage does not have clientAuth');
  const named = namedSubject(onlyName(names), rules);
  if (named === undefined) throw refused('its name is longer than a principal may be called; a rule of the server can shorten it');
  return { ...named, serial, notAfter: certificate.validToDate.getTime() };
}

/** The subject that a name stands for, and what it is called; `undefined` when it would be called too long a name. */
export function namedSubject({ kind, text }: SubjectName, rules: readonly NameRule[]): NamedSubject | undefined {
  const name = encodedName(ruledName({ kind, text }, rules) ?? text);
  return name === undefined ? undefined : { subject: `${kind}:${text}`, path: `user/cert/${name}` };
}

/** Whether rules give the name to other subjects only, by `equals`: nobody else may be the first who has it. */
export function isReserved({ subject, path }: NamedSubject, rules: readonly NameRule[]): boolean {
  const owners = rules.flatMap((rule) =>
    'equals' in rule && path === `user/cert/${rule.name}` ? [`${rule.san}:${rule.equals}`] : [],
  );
  return owners.length > 0 && !owners.includes(subject);
}

/**
 * Read from the bytes: Node's `subjectAltName` is text for people, in which names that contain commas and quotes once became several
 * (CVE-2021-44532, CVE-2021-44533).
 */
function readFacts(raw: Uint8Array): CertificateFacts {
  try {
    return certificateFacts(raw);
  } catch (error) {
    if (error instanceof DerError) throw refused(`it cannot be read: ${error.message}`, error);
    throw error;
  }
}

/** A SPIFFE ID is the name, whatever other kinds stand beside it (X509-SVID §2); without a URI exactly one DNS name or e-mail address. */
function onlyName(names: readonly GeneralName[]): SubjectName {
  const usable = names.flatMap(({ kind, bytes }) => (isSubjectNameKind(kind) ? [{ kind, bytes }] : []));
  const uris = usable.filter(({ kind }) => kind === 'uri');
  const [candidate, ...others] = uris.length > 0 ? uris : usable;
  if (candidate === undefined) throw refused('it has no URI, DNS name or e-mail address as subject alternative name');
  if (others.length > 0) throw refused('it has several subject alternative names, and one must say whose it is');
  const name = parseSubjectName(candidate.kind, candidate);
  if (name === undefined) throw refused(`its subject alternative name is not ${wanted[candidate.kind]}`);
  return name;
}

function ruledName({ kind, text }: SubjectName, rules: readonly NameRule[]): string | undefined {
  for (const rule of rules) {
    if (rule.san !== kind) continue;
    if ('equals' in rule) {
      if (rule.equals === text) return rule.name;
    } else if (text.startsWith(rule.prefix) && text.length > rule.prefix.length) return text.slice(rule.prefix.length);
  }
  return undefined;
}

function refused(why: string, cause?: unknown): KmsError {
  return new KmsError('UNAUTHENTICATED', `The client certificate identifies nobody: ${why}.`, cause === undefined ? {} : { cause });
}

const wanted = {
  uri: 'a SPIFFE ID (spiffe://trust-domain/path)',
  dns: 'one DNS name',
  email: 'an e-mail address',
} as const satisfies Record<SubjectNameKind, string>;
