import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Published test vectors: those in this folder (README.md), or the whole files where LATCHKEY_VECTORS says. */
const folder = process.env['LATCHKEY_VECTORS'] ?? import.meta.dirname;

/** A file of Wycheproof; what its test groups hold, each kind of test says itself. */
export function readWycheproof(name: string): { readonly testGroups: unknown } {
  return JSON.parse(readFileSync(join(folder, 'wycheproof', name), 'utf8')) as { readonly testGroups: unknown };
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
