import { type ResolvedPiece, patternOf, textOf } from './policy-variables.ts';
import { type Matches, matcher } from './wildcard.ts';

export function equalText(pieces: readonly ResolvedPiece[]): Matches {
  const expected = textOf(pieces);
  return (text) => text === expected;
}

export function equalTextIgnoringCase(pieces: readonly ResolvedPiece[]): Matches {
  const expected = textOf(pieces).toLowerCase();
  return (text) => inLowerCase(text) === expected;
}

export function likeText(pieces: readonly ResolvedPiece[]): Matches {
  return matcher(patternOf(pieces));
}

/** Many values are compared with one text, one after the other. */
function inLowerCase(text: string): string {
  if (latest.text !== text) latest = { text, lower: text.toLowerCase() };
  return latest.lower;
}

let latest = { text: '', lower: '' };
