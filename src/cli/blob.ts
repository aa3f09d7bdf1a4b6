/** A ciphertext blob taken apart; nothing of it is authenticated by that. Offsets are those of docs/FORMATS.md. */
export interface Blob {
  readonly formatVersion: number;
  readonly suite: string;
  /** 64 hex digits. */
  readonly keyMaterialId: string;
  readonly nonce: Buffer;
  /** As long as the plaintext. */
  readonly ciphertextBytes: number;
  readonly tag: Buffer;
  readonly blobBytes: number;
}

/** Takes a blob apart, or says in a sentence why it is none. */
export function parseBlob(bytes: Buffer): Blob | { readonly notABlob: string } {
  if (bytes.length < smallestBytes)
    return { notABlob: `It has ${bytes.length} bytes; the smallest ciphertext has ${smallestBytes}.` };
  const [version, suiteId] = bytes;
  if (version !== 1) return { notABlob: `Its first byte says format version ${version}; this command line knows version 1.` };
  const suite = suites.get(suiteId ?? 0);
  if (suite === undefined)
    return { notABlob: `Its second byte says suite ${suiteId}; format version 1 has only suite 1, XAES-256-GCM.` };
  return {
    formatVersion: version,
    suite,
    keyMaterialId: bytes.toString('hex', offsets.keyMaterialId, offsets.nonce),
    nonce: bytes.subarray(offsets.nonce, offsets.ciphertext),
    ciphertextBytes: bytes.length - offsets.ciphertext - tagBytes,
    tag: bytes.subarray(-tagBytes),
    blobBytes: bytes.length,
  };
}

/**
 * A ciphertext as it comes from a file: base64 text, white space ignored, or the blob itself. Which of the two it is, is never
 * ambiguous: a blob begins with its version, and no base64 digit is a byte that small.
 */
export function decodeCiphertext(input: Buffer): Buffer {
  const text = input.toString('latin1').replaceAll(/\s/g, '');
  return base64.test(text) && text.length % 4 !== 1 ? Buffer.from(text, 'base64') : input;
}

const offsets = { keyMaterialId: 2, nonce: 34, ciphertext: 58 } as const;
const tagBytes = 16;
const smallestBytes = offsets.ciphertext + 1 + tagBytes;

const suites: ReadonlyMap<number, string> = new Map([[1, 'XAES-256-GCM']]);

/** Standard or URL-safe digits, padded or not. */
const base64 = /^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}$/;
