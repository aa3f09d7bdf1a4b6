import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Published test vectors: those in this folder (README.md), or where LATCHKEY_VECTORS says, the whole files. */
const folders = [process.env['LATCHKEY_VECTORS'] ?? import.meta.dirname, import.meta.dirname];

/** A file of Wycheproof; what its test groups hold, each kind of test says itself. */
export function readWycheproof(name: string): { readonly testGroups: unknown } {
  const paths = folders.map((folder) => join(folder, 'wycheproof', name));
  const path = paths.find((candidate) => existsSync(candidate)) ?? name;
  return JSON.parse(readFileSync(path, 'utf8')) as { readonly testGroups: unknown };
}

/** A vector of c2sp.org/XAES-256-GCM; every value in hexadecimal. */
export interface XaesVector {
  readonly key: string;
  readonly nonce: string;
  readonly K1: string;
  readonly Kx: string;
  readonly plaintext: string;
  readonly aad: string;
  readonly ciphertext_and_tag: string;
}

interface XaesVectors {
  readonly vectors: readonly XaesVector[];
  readonly accumulated: { readonly '10000': string; readonly '1000000': string };
}

export const xaes = JSON.parse(readFileSync(join(import.meta.dirname, 'xaes-256-gcm.json'), 'utf8')) as XaesVectors;

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
