/** Bytes that are no DER, or not the DER that was expected. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** An element of DER: its tag byte and what is in it. */
export interface DerElement {
  readonly tag: number;
  readonly contents: Uint8Array;
}

/**
 * Reads DER (X.690) element by element. Strict where two readers might see different things: lengths are definite and as short as
 * they can be, tags have one byte, an element ends inside what holds it. Fails with DerError.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  next(): DerElement {
    const tag = this.#byte();
    if ((tag & longTag) === longTag) throw new DerError('a tag has more than one byte');
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError('an element is longer than what holds it');
    const contents = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag, contents };
  }

  /** The contents of the next element, which has this tag. */
  read(tag: number): Uint8Array {
    const element = this.next();
    if (element.tag !== tag) throw new DerError(`tag ${element.tag} stands where ${tag} belongs`);
    return element.contents;
  }

  /** The contents of the next element if it has this tag. */
  readIf(tag: number): Uint8Array | undefined {
    return this.#bytes[this.#at] === tag ? this.read(tag) : undefined;
  }

  /** Nothing may follow. */
  end(): void {
    if (!this.isAtEnd) throw new DerError('something follows the last element');
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > maxLengthBytes) throw new DerError('a length is indefinite or too great');
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError('a length is not as short as it can be');
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerError('the bytes end inside an element');
    this.#at += 1;
    return byte;
  }
}

/** All elements in these contents, at most `most`. */
export function derElements(contents: Uint8Array, most: number): readonly DerElement[] {
  const reader = new DerReader(contents);
  const elements: DerElement[] = [];
  while (!reader.isAtEnd) {
    if (elements.length === most) throw new DerError(`there are more than ${most} elements`);
    elements.push(reader.next());
  }
  return elements;
}

/** The only element in these bytes, which has this tag. */
export function onlyDerElement(bytes: Uint8Array, tag: number): Uint8Array {
  const reader = new DerReader(bytes);
  const contents = reader.read(tag);
  reader.end();
  return contents;
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
} as const;

/** All five bits of a tag's number set: the number follows. */
const longTag = 0x1f;
/** 16 MiB, more than any certificate has. */
const maxLengthBytes = 3;
