import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Where a client may come without a certificate, OpenSSL also lets one through that does not verify. */
export function hasUnverifiedCertificate(socket: TLSSocket): boolean {
  return !socket.authorized && socket.getPeerX509Certificate() !== undefined;
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
