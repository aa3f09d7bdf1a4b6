import { generateKeyPairSync } from 'node:crypto';

/** An element of DER. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(body.length)]), body]);
}

export interface CertificateParts {
  /** Bytes of the integer. */
  readonly serial?: Uint8Array;
  /** Each an element with the tag of its kind. */
  readonly names?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
}

/** A certificate that OpenSSL reads, with whatever names; its signature verifies nothing. */
export function certificateDer({ serial = Buffer.from([1]), names, extensions = [] }: CertificateParts): Buffer {
  const all = [...(names === undefined ? [] : [extension('551d11', der(0x30, ...names))]), ...extensions];
  const signed = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    der(0x30),
    der(0x30, der(0x17, Buffer.from('260101000000Z')), der(0x17, Buffer.from('270101000000Z'))),
    der(0x30),
    publicKey,
    ...(all.length === 0 ? [] : [der(0xa3, der(0x30, ...all))]),
  );
  return der(0x30, signed, algorithm, der(0x03, Buffer.alloc(65)));
}

/** An extension, by the hex of its id. */
export function extension(id: string, value: Uint8Array, critical: readonly Uint8Array[] = []): Buffer {
  return der(0x30, der(0x06, Buffer.from(id, 'hex')), ...critical, der(0x04, value));
}

export const nameElement = {
  email: (text: string) => der(0x81, Buffer.from(text, 'latin1')),
  dns: (text: string) => der(0x82, Buffer.from(text, 'latin1')),
  uri: (text: string) => der(0x86, Buffer.from(text, 'latin1')),
  ip: (...bytes: number[]) => der(0x87, Buffer.from(bytes)),
};

export const basicConstraints = (isCa: boolean) =>
  extension('551d13', der(0x30, ...(isCa ? [der(0x01, Buffer.from([0xff]))] : [])));
/** By the bits from the first on, such as '1000011' for the bits 0, 5 and 6. */
export const keyUsage = (bits: string) =>
  extension('551d0f', der(0x03, Buffer.from([8 - bits.length, parseInt(bits.padEnd(8, '0'), 2)])));
export const extendedKeyUsage = (...purposes: string[]) =>
  extension('551d25', der(0x30, ...purposes.map((purpose) => der(0x06, Buffer.from(purpose, 'hex')))));
export const serverAuth = '2b06010505070301';
export const clientAuth = '2b06010505070302';
export const anyPurpose = '551d2500';

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

/** ecdsa-with-SHA256 */
const algorithm = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
