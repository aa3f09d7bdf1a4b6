import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** The committed inputs of a parser, by their names. */
export function corpus(parser: string): readonly (readonly [name: string, bytes: Buffer])[] {
  const folder = join(import.meta.dirname, 'corpus', parser);
  return readdirSync(folder)
    .toSorted()
    .map((name) => [name, readFileSync(join(folder, name))] as const);
}

/** Inputs of a corpus that were damaged in up to four places: bytes replaced, left out, put in, copied from elsewhere, or cut off. */
export function damaged(inputs: readonly (readonly [name: string, bytes: Buffer])[]): fc.Arbitrary<Buffer> {
  const place = fc.nat({ max: 0xffff });
  const change = fc.record({ kind: fc.constantFrom(...Object.keys(changes)), at: place, from: place, byte: fc.nat({ max: 255 }) });
  return fc
    .tuple(fc.constantFrom(...inputs), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([[, bytes], list]) => list.reduce((now: Buffer, { kind, ...where }) => changes[kind]!(now, where), Buffer.from(bytes)));
}

interface Where {
  readonly at: number;
  readonly from: number;
  readonly byte: number;
}

const changes: Readonly<Record<string, (bytes: Buffer, where: Where) => Buffer>> = {
  replace: (bytes, { at, byte }) => spliced(bytes, at, 1, Buffer.from([byte])),
  flip: (bytes, { at, byte }) => spliced(bytes, at, 1, Buffer.from([(bytes[at % (bytes.length + 1)] ?? 0) ^ (1 << (byte % 8))])),
  remove: (bytes, { at, byte }) => spliced(bytes, at, 1 + (byte % 8), Buffer.alloc(0)),
  insert: (bytes, { at, byte }) => spliced(bytes, at, 0, Buffer.from([byte])),
  copy: (bytes, { at, from, byte }) => {
    const start = from % (bytes.length + 1);
    return spliced(bytes, at, 0, bytes.subarray(start, start + (byte % 64)));
  },
  cut: (bytes, { at }) => bytes.subarray(0, at % (bytes.length + 1)),
};

function spliced(bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer {
  const start = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]);
}
