import { DerError, DerReader, derElements, derTags, onlyDerElement } from './der.ts';

/** What a certificate says beside its subject and key, as far as it decides whose it is. */
export interface CertificateFacts {
  /** In hex, lower case, without leading zeros. */
  readonly serial: string;
  /** The subject alternative names, in the order in which they stand there. */
  readonly names: readonly GeneralName[];
  /** It may sign certificates or revocation lists. */
  readonly isAuthority: boolean;
  /** Whether it may prove a client; true when it does not say what it is for. */
  readonly isForClients: boolean;
}

/** A name of RFC 5280 §4.2.1.6. Bytes, since these texts are whatever the certificate has. */
export interface GeneralName {
  readonly kind: GeneralNameKind;
  readonly bytes: Uint8Array;
}

export type GeneralNameKind = (typeof nameTags)[keyof typeof nameTags];

/** Reads a certificate's DER (RFC 5280 §4.1). Fails with DerError. Its signature is none of this function's business. */
export function certificateFacts(certificate: Uint8Array): CertificateFacts {
  const [signed] = derElements(onlyDerElement(certificate, derTags.sequence), 3);
  if (signed?.tag !== derTags.sequence) throw new DerError('the certificate has no contents');
  const { serial, extensions } = signedPart(signed.contents);
  const constraints = extensions.get(extensionIds.basicConstraints);
  const usage = extensions.get(extensionIds.keyUsage);
  const purposes = extensions.get(extensionIds.extendedKeyUsage);
  const names = extensions.get(extensionIds.subjectAltName);
  return {
    serial,
    names: names === undefined ? [] : generalNames(names),
    isAuthority: (constraints !== undefined && isCa(constraints)) || (usage !== undefined && signsCertificates(usage)),
    isForClients: purposes === undefined || hasPurpose(purposes, clientAuth),
  };
}

function signedPart(contents: Uint8Array): { readonly serial: string; readonly extensions: ReadonlyMap<string, Uint8Array> } {
  const reader = new DerReader(contents);
  reader.readIf(explicitVersion);
  const serial = hexNumber(reader.read(derTags.integer));
  // Signature algorithm, issuer, validity, subject, public key.
  for (let field = 0; field < 5; field++) reader.read(derTags.sequence);
  reader.readIf(issuerUniqueId);
  reader.readIf(subjectUniqueId);
  const wrapped = reader.readIf(explicitExtensions);
  reader.end();
  return { serial, extensions: wrapped === undefined ? new Map() : extensionsOf(onlyDerElement(wrapped, derTags.sequence)) };
}

/** Values by the DER of their ids. An id that comes twice (RFC 5280 §4.2) could mean one thing here and another elsewhere. */
function extensionsOf(contents: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const { tag, contents: extension } of derElements(contents, maxElements)) {
    if (tag !== derTags.sequence) throw new DerError('an extension is no sequence');
    const reader = new DerReader(extension);
    const id = hex(reader.read(derTags.objectIdentifier));
    reader.readIf(derTags.boolean);
    const value = reader.read(derTags.octetString);
    reader.end();
    if (values.has(id)) throw new DerError('an extension is there twice');
    values.set(id, value);
  }
  return values;
}

function generalNames(value: Uint8Array): readonly GeneralName[] {
  const elements = derElements(onlyDerElement(value, derTags.sequence), maxElements);
  return elements.map(({ tag, contents }) => {
    const kind = kindsOfTags.get(tag);
    if (kind === undefined) throw new DerError(`a subject alternative name has the tag ${tag}`);
    return { kind, bytes: contents };
  });
}

function isCa(value: Uint8Array): boolean {
  const reader = new DerReader(onlyDerElement(value, derTags.sequence));
  const flag = reader.readIf(derTags.boolean);
  reader.readIf(derTags.integer);
  reader.end();
  if (flag !== undefined && flag.length !== 1) throw new DerError('a boolean has no single byte');
  return flag !== undefined && flag[0] !== 0;
}

/** keyCertSign and cRLSign are the bits 5 and 6 (RFC 5280 §4.2.1.3); the first byte says how many bits of the last one are unused. */
function signsCertificates(value: Uint8Array): boolean {
  const bits = onlyDerElement(value, derTags.bitString);
  if (bits.length === 0) throw new DerError('a bit string is empty');
  return ((bits[1] ?? 0) & 0b0000_0110) !== 0;
}

function hasPurpose(value: Uint8Array, purpose: string): boolean {
  const purposes = derElements(onlyDerElement(value, derTags.sequence), maxElements);
  return purposes.some(({ tag, contents }) => tag === derTags.objectIdentifier && hex(contents) === purpose);
}

/** Of a number that is not negative, which serials are (RFC 5280 §4.1.2.2). */
function hexNumber(integer: Uint8Array): string {
  const [first] = integer;
  if (first === undefined || first >= 0x80) throw new DerError('the serial is empty or negative');
  return hex(integer).replace(/^0+(?=.)/, '');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

const nameTags = {
  0xa0: 'other',
  0x81: 'email',
  0x82: 'dns',
  0xa3: 'x400',
  0xa4: 'directory',
  0xa5: 'edi-party',
  0x86: 'uri',
  0x87: 'ip',
  0x88: 'registered-id',
} as const;
const kindsOfTags: ReadonlyMap<number, GeneralNameKind> = new Map(
  Object.entries(nameTags).map(([tag, kind]) => [Number(tag), kind]),
);

const explicitVersion = 0xa0;
const issuerUniqueId = 0x81;
const subjectUniqueId = 0x82;
const explicitExtensions = 0xa3;
/** In DER, without tag and length: 2.5.29.n, and 1.3.6.1.5.5.7.3.2. */
const extensionIds = {
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  extendedKeyUsage: '551d25',
} as const;
const clientAuth = '2b06010505070302';
/** Names, extensions or purposes of one certificate. */
const maxElements = 1000;
