import { type KeyObject, X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { StartRefused } from '../errors.ts';
import type { TlsFiles } from './tls-files.ts';
import { secureContextOptions } from './tls-options.ts';
import type { TlsSettings } from './tls-settings.ts';

/** A certificate, its key and the authorities of clients, which have been seen to fit together. */
export interface TlsMaterial {
  /** PEM, the server's own first. */
  readonly certificate: string;
  /** PEM. A secret. */
  readonly key: string;
  readonly leaf: X509Certificate;
  /** Empty when clients are not asked for certificates. */
  readonly clientAuthorities: readonly X509Certificate[];
  /** That of the files. */
  readonly fingerprint: string;
  /** What an operator should hear of, each with its setting. */
  readonly warnings: readonly string[];
}

/** `now` in ms since 1970. Throws `StartRefused` that names the setting, the file and the cure. */
export function checkTlsMaterial(files: TlsFiles, settings: TlsSettings, now: number): TlsMaterial {
  const chain = chainOf(files.certificate, `${settings.setting}.certificate: ${settings.certificate}`);
  const key = checkKey(files.key, chain, `${settings.setting}.key: ${settings.key}`);
  const clientAuthorities = checkAuthorities(files.clientCa, settings);
  const material = {
    certificate: chain.certificates.map(String).join(''),
    key,
    leaf: chain.leaf,
    clientAuthorities,
    fingerprint: files.fingerprint,
    warnings: [
      ...warningsOf(chain.leaf, `${settings.setting}.certificate: ${settings.certificate}`, now),
      ...clientAuthorities.flatMap((authority) => expiryOf(authority, `${settings.setting}.client_ca: ${authority.subject}`, now)),
    ],
  };
  tryOut(material, settings);
  return Object.freeze(material);
}

export function isValidAt(certificate: X509Certificate, now: number): boolean {
  return now >= certificate.validFromDate.getTime() && now <= certificate.validToDate.getTime();
}

/** Only these are trusted by themselves: OpenSSL follows a chain up to one. */
export function isRoot(authority: X509Certificate): boolean {
  return authority.checkIssued(authority);
}

interface Chain {
  readonly leaf: X509Certificate;
  /** The leaf first. */
  readonly certificates: readonly X509Certificate[];
}

/** A chain in another order, or with what does not belong to it, is refused by some clients and taken by others. */
function chainOf(text: string, what: string): Chain {
  const certificates = certificatesOf(text, what);
  const [leaf] = certificates;
  if (leaf === undefined) throw new StartRefused(`${what} holds no certificate.`);
  if (leaf.ca && certificates.length > 1) throw new StartRefused(`${what} ${wrongOrder}`);
  for (const [index, certificate] of certificates.entries()) {
    const issuer = certificates[index + 1];
    if (issuer !== undefined && !certificate.checkIssued(issuer)) throw new StartRefused(`${what} ${wrongOrder}`);
  }
  return { leaf, certificates };
}

/** Answers the key as PEM. */
function checkKey(text: string, { leaf }: Chain, what: string): string {
  const [block, ...others] = blocksOf(text, what).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) throw new StartRefused(`${what} holds no private key in PEM.`);
  if (others.length > 0) throw new StartRefused(`${what} holds several private keys: leave the one of the certificate.`);
  if (!leaf.checkPrivateKey(parseKey(block.pem, what))) {
    throw new StartRefused(`${what} is not the key of the first certificate of the chain: ${leaf.subject || 'without a subject'}.`);
  }
  return block.pem;
}

function parseKey(pem: string, what: string): KeyObject {
  if (pem.includes('ENCRYPTED')) {
    throw new StartRefused(`${what} is encrypted: store it without a passphrase, readable for the service only.`);
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new StartRefused(`${what} holds a private key that cannot be read.`, { cause });
  }
}

function checkAuthorities(text: string | undefined, { setting, clients }: TlsSettings): readonly X509Certificate[] {
  if (text === undefined) return [];
  const what = `${setting}.client_ca: ${clients?.ca}`;
  const authorities = certificatesOf(text, what);
  if (authorities.length === 0) throw new StartRefused(`${what} holds no certificate: no client could be identified.`);
  for (const authority of authorities) {
    if (!authority.ca) throw new StartRefused(`${what}: ${authority.subject} is the certificate of no authority (CA:TRUE).`);
    if (!isRoot(authority) && !authorities.some((other) => other !== authority && authority.checkIssued(other))) {
      throw new StartRefused(`${what}: ${authority.subject} is an intermediate authority; add its root, ${authority.issuer}.`);
    }
  }
  return authorities;
}

function certificatesOf(text: string, what: string): X509Certificate[] {
  return blocksOf(text, what).map(({ label, pem }) => {
    if (label !== 'CERTIFICATE') throw new StartRefused(`${what} holds a ${label}; only certificates belong there.`);
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw new StartRefused(`${what} holds a certificate that cannot be read.`, { cause });
    }
  });
}

/** Text between blocks is allowed; a block that does not end is a file that is being written. */
function blocksOf(text: string, what: string): readonly PemBlock[] {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)];
  const begun = text.split('-----BEGIN ').length - 1;
  if (begun !== blocks.length) throw new StartRefused(`${what} is not whole: a block of PEM has no end.`);
  return blocks.map(([pem, label = '']) => ({ label, pem }));
}

interface PemBlock {
  readonly label: string;
  readonly pem: string;
}

function warningsOf(leaf: X509Certificate, what: string, now: number): readonly string[] {
  const unnamed = leaf.subjectAltName === undefined ? [`${what} has no subjectAltName: clients will refuse it.`] : [];
  return [...expiryOf(leaf, what, now), ...unnamed];
}

function expiryOf(certificate: X509Certificate, what: string, now: number): readonly string[] {
  if (now > certificate.validToDate.getTime()) return [`${what} expired on ${certificate.validToDate.toISOString()}.`];
  if (now < certificate.validFromDate.getTime()) return [`${what} is valid only from ${certificate.validFromDate.toISOString()}.`];
  return [];
}

/** What OpenSSL does not take for other reasons, such as a short key, is refused here and not while clients connect. */
function tryOut(material: TlsMaterial, settings: TlsSettings): void {
  try {
    createSecureContext(secureContextOptions(material, settings));
  } catch (cause) {
    throw new StartRefused(`${settings.setting}: OpenSSL does not take these files: ${(cause as Error).message}.`, { cause });
  }
}

const wrongOrder = "is not a chain: the server's own certificate comes first, and each is issued by the one behind it.";
