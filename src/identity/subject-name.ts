import type { GeneralName } from './certificate-extensions.ts';

/** A name that can tell whose a certificate is, in its one spelling. */
export interface SubjectName {
  readonly kind: SubjectNameKind;
  readonly text: string;
}

export type SubjectNameKind = keyof typeof parsers;

/** Whether names of this kind can be subjects: the others, such as IP addresses, are passed over. */
export function isSubjectNameKind(kind: string): kind is SubjectNameKind {
  return Object.hasOwn(parsers, kind);
}

/** `undefined` when the bytes are not a name of this kind, or one that stands for many. */
export function parseSubjectName(kind: SubjectNameKind, { bytes }: Pick<GeneralName, 'bytes'>): SubjectName | undefined {
  if (bytes.length > maxNameBytes) return undefined;
  // One character a byte: what is not ASCII fits none of the patterns.
  const text = parsers[kind](Buffer.from(bytes).toString('latin1'));
  return text === undefined ? undefined : { kind, text };
}

/** A SPIFFE ID of a workload: lower-case trust domain, and a path, which authorities do not have (SPIFFE-ID §2, X509-SVID §5.2). */
function spiffeId(text: string): string | undefined {
  const [, trustDomain, path] = spiffePattern.exec(text) ?? [];
  if (trustDomain === undefined || path === undefined || trustDomain.length > maxHostCharacters) return undefined;
  return path.split('/').some((segment) => segment === '.' || segment === '..') ? undefined : text;
}

/** Compared without case, so kept in lower case. A wildcard stands for many, so it is nobody. */
function dnsName(text: string): string | undefined {
  const isName = text.length <= maxHostCharacters && dnsPattern.test(text);
  return isName ? text.toLowerCase() : undefined;
}

/** `local@domain` (RFC 5280 §4.2.1.6) without quoted parts. Only the domain is compared without case. */
function emailAddress(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = dnsName(text.slice(at + 1));
  return domain !== undefined && localPattern.test(local) ? `${local}@${domain}` : undefined;
}

const parsers = {
  uri: spiffeId,
  dns: dnsName,
  email: emailAddress,
} as const satisfies Record<string, (text: string) => string | undefined>;

const spiffePattern = /^spiffe:\/\/([a-z0-9._-]+)((?:\/[A-Za-z0-9._-]+)+)$/;
/** Labels of RFC 1035 and `_`, the last one not of digits only: that would be an address. */
const dnsPattern =
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*(?![0-9]+$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
/** RFC 5321's Dot-string, and its length. */
const localPattern = /^(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const maxHostCharacters = 253;
/** Of a SPIFFE ID (SPIFFE-ID §2.3); the others are shorter. */
const maxNameBytes = 2048;
