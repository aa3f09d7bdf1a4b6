import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates for tests, made by OpenSSL's command. All folders are gone after `removeCertificates`. */
export interface Certificate {
  /** PEM: the certificate, and behind it those of intermediate authorities. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

export interface Authority {
  /** PEM: of the authority alone. */
  readonly certificate: string;
  readonly key: string;
  /** A certificate for a server or a client. */
  issue(request?: CertificateRequest): Certificate;
  /** An authority under this one. */
  issueAuthority(name: string, request?: Pick<CertificateRequest, 'notBefore' | 'notAfter' | 'extensions'>): Authority;
}

export interface CertificateRequest {
  /** Common name. */
  readonly name?: string;
  /** `DNS:…`, `URI:…`, `IP:…`, `email:…`. */
  readonly san?: readonly string[];
  /** From an hour ago by default. */
  readonly notBefore?: Date;
  /** In a day by default. */
  readonly notAfter?: Date;
  /** Both by default. */
  readonly usage?: 'serverAuth' | 'clientAuth' | 'serverAuth,clientAuth';
  /** `ec` (P-256) by default. */
  readonly keyType?: 'ec' | 'rsa' | 'rsa-1024';
  /** Further lines of the extensions, as OpenSSL writes them. */
  readonly extensions?: readonly string[];
}

/** A root authority; `key`: PEM of the key that it has, to make it anew. */
export function makeCa(name: string, request: AuthorityRequest = {}): Authority {
  return makeAuthority(name, request, undefined);
}

/** For `https` and gRPC servers that tests reach by 127.0.0.1 and localhost. */
export const localhostNames = ['DNS:localhost', 'IP:127.0.0.1'] as const;

export function removeCertificates(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

type AuthorityRequest = Pick<CertificateRequest, 'notBefore' | 'notAfter' | 'extensions'> & { readonly key?: string };

interface Issuer {
  readonly folder: string;
  /** PEM of the authorities between it and the root, itself included. */
  readonly chain: string;
}

function makeAuthority(name: string, request: AuthorityRequest, above: Issuer | undefined): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-ca-'));
  folders.push(folder);
  mkdirSync(join(folder, 'issued'));
  writeFileSync(join(folder, 'index'), '');
  writeFileSync(join(folder, 'ca.conf'), configuration(folder));
  const key = request.key ?? makeKey('ec');
  writeFileSync(join(folder, 'ca.key'), key);
  const extensions = [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,keyCertSign,cRLSign',
    'subjectKeyIdentifier=hash',
    ...(request.extensions ?? []),
  ];
  const certificate = sign({ ...request, name, extensions, key, signer: above?.folder ?? folder, selfSigned: above === undefined });
  writeFileSync(join(folder, 'ca.pem'), certificate);
  const own: Issuer = { folder, chain: above === undefined ? '' : certificate + above.chain };
  return {
    certificate,
    key,
    issue: (wanted = {}) => issue(wanted, own),
    issueAuthority: (authority, wanted = {}) => makeAuthority(authority, wanted, own),
  };
}

function issue(request: CertificateRequest, { folder, chain }: Issuer): Certificate {
  const { name = 'test', san = [], usage = 'serverAuth,clientAuth', keyType = 'ec' } = request;
  const key = makeKey(keyType);
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    `extendedKeyUsage=${usage}`,
    ...(san.length === 0 ? [] : [`subjectAltName=${san.join(',')}`]),
    ...(request.extensions ?? []),
  ];
  return { certificate: sign({ ...request, name, extensions, key, signer: folder, selfSigned: false }) + chain, key };
}

interface Signing extends Pick<CertificateRequest, 'notBefore' | 'notAfter'> {
  readonly name: string;
  readonly extensions: readonly string[];
  readonly key: string;
  /** Folder of the authority. */
  readonly signer: string;
  readonly selfSigned: boolean;
}

function sign({ name, extensions, key, signer, selfSigned, ...validity }: Signing): string {
  const at = (file: string) => join(signer, file);
  const { notBefore = new Date(Date.now() - 3_600_000), notAfter = new Date(Date.now() + 86_400_000) } = validity;
  writeFileSync(at('subject.key'), key);
  writeFileSync(at('extensions'), `[wanted]\n${extensions.join('\n')}\n`);
  const subject = ['-subj', `/CN=${name}`, '-key', at('subject.key')];
  openssl('req', '-new', '-config', at('ca.conf'), ...subject, '-out', at('request'));
  const dates = ['-startdate', asn1Time(notBefore), '-enddate', asn1Time(notAfter)];
  const files = ['-config', at('ca.conf'), '-in', at('request'), '-out', at('made'), '-extfile', at('extensions')];
  openssl('ca', '-batch', '-notext', '-extensions', 'wanted', ...dates, ...files, ...(selfSigned ? ['-selfsign'] : []));
  return readFileSync(at('made'), 'utf8');
}

function makeKey(type: NonNullable<CertificateRequest['keyType']>): string {
  return openssl('genpkey', ...keyArguments[type]);
}

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** `20300131235959Z` */
function asn1Time(date: Date): string {
  return date.toISOString().replace(/\.\d+|[-:T]/g, '');
}

function configuration(folder: string): string {
  return `
[ca]
default_ca = this
[this]
database = ${folder}/index
new_certs_dir = ${folder}/issued
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
`;
}

const keyArguments = {
  ec: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-1024': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
} as const;

const folders: string[] = [];
