import { constants } from 'node:crypto';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { TlsMaterial } from './tls-material.ts';
import type { TlsSettings } from './tls-settings.ts';

/** What a change of the files changes. Everything is named, since Node falls back to its defaults for what is not. */
export function secureContextOptions(
  { certificate, key, clientAuthorities }: TlsMaterial,
  { minVersion }: TlsSettings,
): SecureContextOptions {
  return {
    cert: certificate,
    key,
    ...(clientAuthorities.length === 0 ? {} : { ca: clientAuthorities.map(String) }),
    minVersion: `TLSv${minVersion}`,
    maxVersion: 'TLSv1.3',
    ciphers: cipherSuites,
    honorCipherOrder: true,
    // The order of OpenSSL, which begins with hybrid post-quantum key agreement.
    ecdhCurve: 'auto',
    secureOptions,
  };
}

/** What stays as it is. */
export function handshakeOptions({ clients }: TlsSettings): TlsOptions {
  return {
    requestCert: clients !== undefined,
    // Without a certificate a handshake fails only where one is required; what does not verify is refused in either case (`listener.ts`).
    rejectUnauthorized: clients?.certificate === 'required',
    handshakeTimeout: handshakeTimeoutMs,
  };
}

/** AES-256 first: what protects 256-bit keys is not less. Those of TLS 1.2 have forward secrecy and are AEAD (RFC 9325 §4.2). */
const cipherSuites = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/**
 * A session is never resumed: resuming would skip the client's certificate, also one that is refused meanwhile, and connections that live for
 * an hour gain nothing by it. Without tickets OpenSSL would look for sessions on the server, and Node keeps none there.
 */
const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

export const handshakeTimeoutMs = 10_000;
