/** A line of a stream, with the line break that ends it: `\n`, or nothing for a last line without one. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without the line break; undefined when it is longer than `maxLineBytes`. */
  readonly bytes: Buffer | undefined;
  readonly ending: '\n' | '';
  /** As it stood in the stream, with its ending. */
  readonly lengthBytes: number;
}

/** Cuts a stream into lines. Holds one line, and of one that is too long nothing. */
export async function* lines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let begun = new BegunLine();
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
      begun.add(piece.subarray(start, end));
      yield begun.end((number += 1), '\n');
      begun = new BegunLine();
      start = end + 1;
    }
    if (start < piece.length) begun.add(piece.subarray(start));
  }
  if (begun.lengthBytes > 0) yield begun.end(number + 1, '');
}

class BegunLine {
  lengthBytes = 0;
  #pieces: Buffer[] = [];

  add(piece: Buffer): void {
    this.lengthBytes += piece.length;
    if (this.lengthBytes > maxLineBytes) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  end(number: number, ending: Line['ending']): Line {
    const [only = Buffer.alloc(0), ...more] = this.#pieces;
    const whole = more.length === 0 ? only : Buffer.concat(this.#pieces);
    const bytes = this.lengthBytes > maxLineBytes ? undefined : whole;
    return { number, bytes, ending, lengthBytes: this.lengthBytes + ending.length };
  }
}

/** More than any value that can be encrypted, with as much again around it. */
export const maxLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;
