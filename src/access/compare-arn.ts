import { type Piece, type ResolvedPiece, patternOf } from './policy-variables.ts';
import { type Matches, matcher } from './wildcard.ts';

/**
 * Compares the six parts of an ARN each with its own, so that a wildcard never reaches across a colon; the sixth is all that is left,
 * colons too. What a variable stands for is never taken apart.
 */
export function likeArn(pieces: readonly ResolvedPiece[]): Matches {
  const parts = arnParts(pieces).map((part) => matcher(patternOf(part)));
  return (text) => {
    const texts = splitArn(text);
    return texts !== undefined && parts.length === texts.length && parts.every((matches, index) => matches(texts[index] ?? ''));
  };
}

/** Whether the pieces make a pattern of six parts. */
export function isArnPattern(pieces: readonly Piece[]): boolean {
  return colonsIn(pieces) >= colonsOfArn;
}

/** Whether no variable stands in the parts that say whose resource it is. */
export function hasFixedOwner(pieces: readonly Piece[]): boolean {
  const firstVariable = pieces.findIndex(({ kind }) => kind === 'variable');
  return firstVariable < 0 || colonsIn(pieces.slice(0, firstVariable)) >= colonsOfArn;
}

/** `undefined` when the text is no ARN. */
export function splitArn(text: string): readonly string[] | undefined {
  const [parts, rest] = splitAtColons(text, colonsOfArn);
  return parts.length === colonsOfArn ? [...parts, rest] : undefined;
}

function arnParts(pieces: readonly ResolvedPiece[]): readonly (readonly ResolvedPiece[])[] {
  const complete: ResolvedPiece[][] = [];
  let open: ResolvedPiece[] = [];
  for (const piece of pieces) {
    const [texts, rest] = piece.isPattern ? splitAtColons(piece.text, colonsOfArn - complete.length) : [[], piece.text];
    for (const text of texts) {
      complete.push([...open, { text, isPattern: true }]);
      open = [];
    }
    open.push({ text: rest, isPattern: piece.isPattern });
  }
  return [...complete, open];
}

/** What stands before each of the first colons, `most` of them at most, and what is behind them. */
function splitAtColons(text: string, most: number): readonly [readonly string[], string] {
  const parts: string[] = [];
  let at = 0;
  while (parts.length < most) {
    const colon = text.indexOf(':', at);
    if (colon < 0) break;
    parts.push(text.slice(at, colon));
    at = colon + 1;
  }
  return [parts, text.slice(at)];
}

function colonsIn(pieces: readonly Piece[]): number {
  return pieces.reduce((colons, piece) => colons + (piece.kind === 'pattern' ? piece.text.split(':').length - 1 : 0), 0);
}

const colonsOfArn = 5;
