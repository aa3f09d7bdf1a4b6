import { type PatternPart, firstPlace } from './text-places.ts';

/** A pattern of AWS policies: `*` stands for any characters, also none, and `?` for exactly one. */
export type Matches = (text: string) => boolean;

/**
 * A pattern taken apart at its stars, and each of these parts at its question marks: `a*b?c` is `[['a'], ['b', 'c']]`. What is left
 * stands for itself, whatever it holds.
 */
export type PatternParts = readonly (readonly string[])[];

/** Compiles a pattern, whose case counts. */
export function wildcard(pattern: string): Matches {
  return matcher(patternParts(pattern));
}

export function patternParts(pattern: string): PatternParts {
  return pattern.split('*').map((part) => part.split('?'));
}

/** One pattern of several, one behind the other. */
export function joinedParts(patterns: readonly PatternParts[]): PatternParts {
  const joined: string[][] = [['']];
  for (const [first = [], ...others] of patterns) {
    append(joined.at(-1) ?? [], first);
    for (const part of others) joined.push([...part]);
  }
  return joined;
}

/** Whether a pattern stands for more than itself. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/**
 * What matches takes a 32nd of text times pattern at most, whatever they are: every star is settled once, where its part first fits,
 * since a later place leaves less room for what follows.
 */
export function matcher(parts: PatternParts): Matches {
  const [first = nothing, ...rest] = parts.map(betweenStars);
  const last = rest.pop();
  if (last === undefined) return (text) => text.length === first.length && fitsAt(text, first, 0);
  const middle = rest.filter(({ length }) => length > 0);
  return (text) => {
    if (text.length < first.length + last.length || !fitsAt(text, first, 0)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const next of middle) {
      const found = firstPlace(text, next, at);
      if (found < 0) return false;
      at = found + next.length;
    }
    return at <= end && fitsAt(text, last, end);
  };
}

function betweenStars([first = '', ...others]: readonly string[]): PatternPart {
  return { runs: [first, ...others], length: others.reduce((length, run) => length + 1 + run.length, first.length) };
}

function append(runs: string[], [first = '', ...others]: readonly string[]): void {
  runs.push(`${runs.pop() ?? ''}${first}`, ...others);
}

/** The text is long enough. */
function fitsAt(text: string, { runs }: PatternPart, start: number): boolean {
  let at = start;
  for (const run of runs) {
    if (!text.startsWith(run, at)) return false;
    at += run.length + 1;
  }
  return true;
}

const nothing: PatternPart = { runs: [''], length: 0 };
