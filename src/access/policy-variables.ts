import { type KnownConditionKey, isSingleValued, parseConditionKey } from './condition-keys.ts';
import type { PolicyVersion } from './policy-version.ts';
import { shown } from './shown-text.ts';
import { type Matches, type PatternParts, joinedParts, patternParts } from './wildcard.ts';

/** A piece of a value that a policy compares with. */
export type Piece =
  /** As the document has it; where wildcards are allowed, `*` and `?` are some. */
  | { readonly kind: 'pattern'; readonly text: string }
  /** Stands for itself: the `*` of `${*}`. */
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly key: KnownConditionKey; readonly fallback: string | undefined };

/** A piece whose text is known. What came out of a request is never a pattern: a name with a star in it matches that star. */
export interface ResolvedPiece {
  readonly text: string;
  readonly isPattern: boolean;
}

/** The value that a request has of a key. */
export type Resolve = (key: KnownConditionKey) => string | undefined;

/** Whether a value of a request fits the policy's. */
export type Comparison = (requestValue: string, resolve: Resolve) => boolean;

/** A value in which nothing stands for anything else, as in documents of 2008. */
export function plainPieces(text: string): readonly Piece[] {
  return [{ kind: 'pattern', text }];
}

/** The pieces of a value in a document that was accepted. */
export function piecesOf(text: string, version: PolicyVersion): readonly Piece[] {
  if (version === '2008-10-17') return plainPieces(text);
  const parsed = parsePieces(text);
  if ('fault' in parsed) throw new Error(`A policy was accepted with a value that ${parsed.fault}`);
  return parsed.pieces;
}

/** A value taken apart at its variables, or what is wrong with one of them. */
export function parsePieces(text: string): { readonly pieces: readonly Piece[] } | { readonly fault: string } {
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    const begins = text.indexOf('${', at);
    const end = begins < 0 ? text.length : begins;
    if (end > at) pieces.push({ kind: 'pattern', text: text.slice(at, end) });
    if (begins < 0) return { pieces };
    variable.lastIndex = begins;
    const match = variable.exec(text);
    if (match === null) return { fault: `has a \${ that begins no variable; ${forms}.` };
    const piece = parseVariable(match);
    if (typeof piece === 'string') return { fault: piece };
    pieces.push(piece);
    at = variable.lastIndex;
  }
}

/** A comparison that is compiled once, or for each request when the policy's value depends on it. Nothing fits a value without its variable. */
export function compared(pieces: readonly Piece[], compile: (pieces: readonly ResolvedPiece[]) => Matches): Comparison {
  const fixed = pieces.some(({ kind }) => kind === 'variable') ? undefined : resolved(pieces, () => undefined);
  if (fixed !== undefined) return compile(fixed);
  return (requestValue, resolve) => {
    const known = resolved(pieces, resolve);
    return known !== undefined && compile(known)(requestValue);
  };
}

/** Whether a variable stands between two stars, so that a pattern with what it stands for is looked for in a text. */
export function hasSearchedVariable(pieces: readonly Piece[]): boolean {
  const isStarred = (piece: Piece) => piece.kind === 'pattern' && piece.text.includes('*');
  const [first, last] = [pieces.findIndex(isStarred), pieces.findLastIndex(isStarred)];
  return first >= 0 && pieces.slice(first, last).some(({ kind }) => kind === 'variable');
}

export function textOf(pieces: readonly ResolvedPiece[]): string {
  return pieces.map(({ text }) => text).join('');
}

export function patternOf(pieces: readonly ResolvedPiece[]): PatternParts {
  return joinedParts(pieces.map(({ text, isPattern }) => (isPattern ? patternParts(text) : [[text]])));
}

function resolved(pieces: readonly Piece[], resolve: Resolve): readonly ResolvedPiece[] | undefined {
  const known: ResolvedPiece[] = [];
  for (const piece of pieces) {
    const text = piece.kind === 'variable' ? (resolve(piece.key) ?? piece.fallback) : piece.text;
    if (text === undefined) return undefined;
    known.push({ text, isPattern: piece.kind === 'pattern' });
  }
  return known;
}

/** Or what is wrong. */
function parseVariable([text, character, name = '', fallback]: RegExpExecArray): Piece | string {
  if (character !== undefined) return { kind: 'literal', text: character };
  const key = parseConditionKey(name);
  if (key === undefined) return `has the variable ${shown(text)}, which names no condition key; ${forms}.`;
  if (key.kind === 'never-present') return `has the variable ${shown(text)}, which requests to this service never have.`;
  if (!isSingleValued(key)) return `has the variable ${shown(text)}, of which a request may have several values.`;
  return { kind: 'variable', key, fallback };
}

const variable = /\$\{(?:([*?$])|([^,'{}]+)(?:, *'([^']*)')?)\}/y;
const forms =
  "a variable is ${key} or ${key, 'default'} of a condition key such as aws:username, and ${*}, ${?} and ${$} are these characters";
