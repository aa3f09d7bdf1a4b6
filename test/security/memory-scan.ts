import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { SecretKey } from './key-oracle.ts';

/** A key that was found in a process. */
export interface Hit {
  readonly name: string;
  readonly form: string;
  readonly address: bigint;
}

/**
 * Searches the writable memory of a process for keys: raw, in hexadecimal, and in base64 at all three alignments.
 *
 * Pages that hold keys on purpose are left out: locked (`lo`), kept out of core dumps (`dd`) and wiped on fork (`wf`), all three. Only
 * the addon's arena is all of that; JavaScript's memory never is. Needs root, since the server cannot be traced.
 */
export function scanMemory(
  pid: number,
  keys: readonly SecretKey[],
): { readonly hits: Hit[]; readonly scannedBytes: number; readonly arenaBytes: number } {
  const mappings = writableMappings(pid);
  const scanned = mappings.filter(({ isKeyArena }) => !isKeyArena);
  const needles = new Needles(keys.flatMap(formsOf));
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const hits = scanned.flatMap((mapping) => search(memory, mapping, needles));
    return { hits, scannedBytes: total(scanned), arenaBytes: total(mappings) - total(scanned) };
  } finally {
    closeSync(memory);
  }
}

interface Mapping {
  readonly start: bigint;
  readonly bytes: number;
  readonly isKeyArena: boolean;
}

interface Needle {
  readonly name: string;
  readonly form: string;
  readonly bytes: Buffer;
}

function writableMappings(pid: number): Mapping[] {
  const smaps = readFileSync(`/proc/${pid}/smaps`, 'utf8');
  const sections = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return sections.flatMap((section) => {
    const head = /^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)$/m.exec(section);
    if (head?.[1] === undefined || head[2] === undefined || head[3] === '[vvar]') return [];
    const flags = /^VmFlags: (.*)$/m.exec(section)?.[1]?.trim().split(' ') ?? [];
    const start = BigInt(`0x${head[1]}`);
    const isKeyArena = ['lo', 'dd', 'wf'].every((flag) => flags.includes(flag));
    return [{ start, bytes: Number(BigInt(`0x${head[2]}`) - start), isKeyArena }];
  });
}

function formsOf({ name, bytes }: SecretKey): Needle[] {
  const hex = bytes.toString('hex');
  // Behind 0, 1 or 2 other bytes the same key has other letters; the first and the last depend on its neighbours.
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  );
  const forms: [string, Buffer][] = [
    ['raw', bytes],
    ['hex', Buffer.from(hex)],
    ['hex, upper case', Buffer.from(hex.toUpperCase())],
    ['hex, UTF-16', Buffer.from(hex, 'utf16le')],
    ...base64.map((text, before): [string, Buffer] => [`base64 behind ${before} bytes`, Buffer.from(text)]),
  ];
  return forms.map(([form, needle]) => ({ name, form, bytes: needle }));
}

function search(memory: number, { start, bytes }: Mapping, needles: Needles): Hit[] {
  const hits: Hit[] = [];
  // Neighbouring pieces overlap, so that no key is cut in two; a key that begins in the overlap is found in the second piece only.
  for (let at = 0; at < bytes; at += pieceBytes) {
    const piece = readPiece(memory, start + BigInt(at), Math.min(pieceBytes + overlapBytes, bytes - at));
    for (const { name, form, offset } of needles.foundIn(piece)) {
      if (offset < pieceBytes) hits.push({ name, form, address: start + BigInt(at + offset) });
    }
  }
  return hits;
}

/** Looks for all needles in one pass: by their first two bytes first. */
class Needles {
  readonly #byStart = new Map<number, Needle[]>();
  readonly #isStart = new Uint8Array(0x10000);

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      const start = needle.bytes.readUInt16LE(0);
      this.#isStart[start] = 1;
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), needle]);
    }
  }

  foundIn(piece: Buffer): Found[] {
    const found: Found[] = [];
    for (let page = 0; page < piece.length; page += pageBytes) {
      // Most pages were never written to.
      if (piece.subarray(page, page + pageBytes).equals(zeroPage)) continue;
      this.#searchPage(piece, page, found);
    }
    return found;
  }

  #searchPage(piece: Buffer, page: number, found: Found[]): void {
    const end = Math.min(page + pageBytes, piece.length - 1);
    for (let offset = page; offset < end; offset++) {
      const start = piece[offset]! | (piece[offset + 1]! << 8);
      if (this.#isStart[start] === 0) continue;
      for (const { name, form, bytes } of this.#byStart.get(start) ?? []) {
        if (piece.subarray(offset, offset + bytes.length).equals(bytes)) found.push({ name, form, offset });
      }
    }
  }
}

interface Found {
  readonly name: string;
  readonly form: string;
  readonly offset: number;
}

/** Empty when the mapping has gone meanwhile. */
function readPiece(memory: number, position: bigint, length: number): Buffer {
  const piece = Buffer.allocUnsafeSlow(length);
  try {
    return piece.subarray(0, readSync(memory, piece, { position, length }));
  } catch {
    return Buffer.alloc(0);
  }
}

function total(mappings: readonly Mapping[]): number {
  return mappings.reduce((sum, { bytes }) => sum + bytes, 0);
}

const pieceBytes = 16 * 1024 * 1024;
const overlapBytes = 256;
const pageBytes = 4096;
const zeroPage = Buffer.alloc(pageBytes);
