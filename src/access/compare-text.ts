import { type ResolvedPiece, patternOf, textOf } from './policy-variables.ts';
import { type Matches, matcher } from './wildcard.ts';

export function equalText(pieces: readonly ResolvedPiece[]): Matches {
  const expected = textOf(pieces);
  return (text) => text === expected;
}

export function equalTextIgnoringCase(pieces: readonly ResolvedPiece[]): Matches {
  const expected = textOf(pieces).toLowerCase();
  return (text) => text.toLowerCase() === expected;
}

export function likeText(pieces: readonly ResolvedPiece[]): Matches {
  return matcher(patternOf(pieces));
}
