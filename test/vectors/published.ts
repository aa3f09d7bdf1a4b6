import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Published test vectors. The few of XAES-256-GCM are in this folder; the others lie beside the project, or where
 * LATCHKEY_VECTORS says.
 */
const folder = process.env['LATCHKEY_VECTORS'] ?? join(import.meta.dirname, '../../../shared/vectors');

/** Whether the vectors are there; where they are not, says loudly that tests are skipped. */
export function hasVectors(name: string): boolean {
  const path = join(folder, name);
  if (existsSync(path)) return true;
  process.stderr.write(`\nVECTORS SKIPPED: ${path} is absent. LATCHKEY_VECTORS names the folder that has them.\n\n`);
  return false;
}

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
