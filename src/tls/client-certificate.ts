import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Where a client may come without a certificate, OpenSSL also lets one through that does not verify. */
export function hasUnverifiedCertificate(socket: TLSSocket): boolean {
  return !socket.authorized && socket.getPeerX509Certificate() !== undefined;
}

/** A client's certificate that was not accepted. */
export interface UnverifiedCertificate {
  /** OpenSSL's name of what is wrong with it, such as CERT_HAS_EXPIRED. */
  readonly problem: string;
  /** Whose it was; undefined where a certificate is required: Node has closed the connection before it tells. */
  readonly remoteAddress: string | undefined;
}

/** What is wrong with the certificate of this connection; undefined when OpenSSL has found nothing. */
export function unverifiedCertificate({ authorizationError, remoteAddress }: TLSSocket): UnverifiedCertificate | undefined {
  // Node's types say Error; it is a name.
  const problem = authorizationError as unknown;
  return typeof problem === 'string' ? { problem, remoteAddress } : undefined;
}

/**
 * What a client sent beside its own certificate, as far as Node tells: some versions answer nothing for a server (nodejs/node#65579), and then
 * only those are known that are among the authorities.
 */
export function presentedBy(certificate: X509Certificate | undefined): readonly X509Certificate[] {
  const presented: X509Certificate[] = [];
  let next = certificate?.issuerCertificate;
  while (next !== undefined && presented.length < maxPresented) {
    presented.push(next);
    next = next.issuerCertificate;
  }
  return presented;
}

/** Chains have two or three. */
const maxPresented = 8;
