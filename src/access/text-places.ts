/** What stands between two stars of a pattern, or before the first or behind the last. */
export interface PatternPart {
  /** Between each two of them any one character. At least one, which may be empty. */
  readonly runs: readonly [string, ...string[]];
  readonly length: number;
}

/**
 * The first place from `start` on where a part fits, or -1. However part and text repeat themselves, it takes a few hundred steps and,
 * behind them, one for each character of the part and 32 places.
 */
export function firstPlace(text: string, part: PatternPart, start: number): number {
  const last = text.length - part.length;
  let steps = 0;
  // Most texts are short, or unlike the part.
  for (let at = start; at <= last; at++) {
    if (steps > fewSteps) return firstByColumns(text, part, at);
    const equal = equalCharacters(text, part, at);
    if (equal === undefined) return at;
    steps += equal + 1;
  }
  return -1;
}

/** How many characters are equal before the first that is not; `undefined` when all are. */
function equalCharacters(text: string, { runs }: PatternPart, at: number): number | undefined {
  let begins = at;
  for (const run of runs) {
    for (let index = 0; index < run.length; index++)
      if (run.charCodeAt(index) !== text.charCodeAt(begins + index)) return begins + index - at;
    begins += run.length + 1;
  }
  return undefined;
}

function firstByColumns(text: string, part: PatternPart, start: number): number {
  const last = text.length - part.length;
  const columns = placesIn(text).ofEach(part);
  if (columns === undefined) return -1;
  for (let from = start; from <= last; from += wordBits) {
    const fits = fittingPlaces(columns, from) & lowBits(last - from + 1);
    if (fits !== 0) return from + lowestBit(fits);
  }
  return -1;
}

/** For each character of a part that stands for itself, and has its index, where the text has it. */
type Columns = readonly (Int32Array | undefined)[];

/** Of the 32 places from one on, those at which all characters are: bit 0 is the first. */
function fittingPlaces(columns: Columns, from: number): number {
  let fits = -1;
  for (let index = 0; index < columns.length && fits !== 0; index++) {
    const places = columns[index];
    if (places !== undefined) fits &= wordAt(places, from + index);
  }
  return fits;
}

/** 32 bits from any one on. */
function wordAt(bits: Int32Array, from: number): number {
  const word = from >>> 5;
  const shift = from & 31;
  // In two steps, since a shift by 32 is one by 0.
  return ((bits[word] ?? 0) >>> shift) | (((bits[word + 1] ?? 0) << 1) << (31 - shift));
}

function lowBits(count: number): number {
  return count >= wordBits ? -1 : (1 << count) - 1;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Where a text has each character that somebody asks for, a bit for each place. */
class TextPlaces {
  readonly #text: string;
  readonly #ofCharacter = new Map<number, Int32Array | undefined>();

  constructor(text: string) {
    this.#text = text;
  }

  /** `undefined` when the text lacks one. */
  ofEach({ runs, length }: PatternPart): Columns | undefined {
    const columns = Array.from<Int32Array | undefined>({ length });
    let begins = 0;
    for (const run of runs) {
      for (let index = 0; index < run.length; index++) {
        const places = this.#of(run.charCodeAt(index));
        if (places === undefined) return undefined;
        columns[begins + index] = places;
      }
      begins += run.length + 1;
    }
    return columns;
  }

  #of(code: number): Int32Array | undefined {
    if (this.#ofCharacter.has(code)) return this.#ofCharacter.get(code);
    const places = this.#find(String.fromCharCode(code));
    this.#ofCharacter.set(code, places);
    return places;
  }

  #find(character: string): Int32Array | undefined {
    let at = this.#text.indexOf(character);
    if (at < 0) return undefined;
    const places = new Int32Array((this.#text.length >>> 5) + 2);
    for (; at >= 0; at = this.#text.indexOf(character, at + 1)) {
      const word = at >>> 5;
      places[word] = (places[word] ?? 0) | (1 << (at & 31));
    }
    return places;
  }
}

/** Many patterns are compared with one text, one after the other. */
function placesIn(text: string): TextPlaces {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const places = new TextPlaces(text);
  recent.set(text, places);
  const [oldest] = recent.keys();
  if (recent.size > maxRecent && oldest !== undefined) recent.delete(oldest);
  return places;
}

const recent = new Map<string, TextPlaces>();
/** More than an ARN has parts. */
const maxRecent = 8;
const wordBits = 32;
/** As many as it takes to compare any text of 32 characters. */
const fewSteps = 320;
