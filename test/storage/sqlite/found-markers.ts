import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that `foundMarkers` finds again: at least one whole marker; longer ones repeat it, so that a piece is enough. */
export function marker(prefix: string, index: number, size: number): Uint8Array {
  const text = `<${prefix}:${index}>`;
  return Buffer.from(text.repeat(Math.max(1, Math.ceil(size / text.length))));
}

/** The markers that any file of the directory holds. */
export function foundMarkers(directory: string, prefix: string): Set<string> {
  const contents = readdirSync(directory).map((name) => readFileSync(join(directory, name)).toString('latin1'));
  return new Set(contents.flatMap((content) => content.match(new RegExp(`<${prefix}:\\d+>`, 'g')) ?? []));
}
