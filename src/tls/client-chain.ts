import type { X509Certificate } from 'node:crypto';
import { isRoot, isValidAt } from './tls-material.ts';

/**
 * The certificates from a client's own to a root that is trusted, or undefined when there is no such path at that time. OpenSSL has verified the
 * chain when the client connected, by more rules than these; this tells whether it would still do so with fewer authorities, or later.
 */
export function trustedPath(leaf: X509Certificate, trust: Trust): readonly X509Certificate[] | undefined {
  return pathFrom(leaf, trust, new Set());
}

export interface Trust {
  /** Roots, and intermediates that lead to them. */
  readonly authorities: readonly X509Certificate[];
  /** What the client sent beside its own. */
  readonly presented: readonly X509Certificate[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Of two sets, the authorities that are in both. */
export function inBoth(some: readonly X509Certificate[], others: readonly X509Certificate[]): readonly X509Certificate[] {
  const known = new Set(others.map(({ fingerprint256 }) => fingerprint256));
  return some.filter(({ fingerprint256 }) => known.has(fingerprint256));
}

/** `seen` are those that lead nowhere: each is looked at once, so that a tangle of cross-signed ones costs no more than its size. */
function pathFrom(certificate: X509Certificate, trust: Trust, seen: Set<string>): readonly X509Certificate[] | undefined {
  seen.add(certificate.fingerprint256);
  if (!isValidAt(certificate, trust.now)) return undefined;
  const isTrusted = trust.authorities.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256);
  if (isTrusted && isRoot(certificate)) return [certificate];
  for (const issuer of [...trust.authorities, ...trust.presented]) {
    if (seen.has(issuer.fingerprint256) || !isIssuedBy(certificate, issuer)) continue;
    const path = pathFrom(issuer, trust, seen);
    if (path !== undefined) return [certificate, ...path];
  }
  return undefined;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (!issuer.ca || !certificate.checkIssued(issuer)) return false;
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // The client may send certificates whose keys nobody can read.
    return false;
  }
}
