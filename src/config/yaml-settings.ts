import {
  LineCounter,
  type Pair,
  type YAMLError,
  type YAMLMap,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import { type SettingPath, pathText } from './setting-path.ts';

/** What is written for a setting: text without regard to quotes; null where nothing stands; undefined where it is refused. */
export type Written = string | null | undefined | readonly Written[] | Members;
export interface Members {
  readonly [name: string]: Written;
}

/** From 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlMistake {
  readonly place: Place;
  /** Empty: the whole text. */
  readonly path: SettingPath;
  readonly message: string;
}

export interface YamlSettings {
  readonly members: Members;
  /** Where each setting's name stands, and each entry of a list begins, by `pathText`. */
  readonly places: ReadonlyMap<string, Place>;
  readonly mistakes: readonly YamlMistake[];
  /** The text cannot be read as a whole: `mistakes` says why, and there are no members. */
  readonly isBroken: boolean;
}

/**
 * Reads mappings, lists and texts. What YAML has besides is refused: an alias can make a small file huge, a tag or a merge
 * key change what a line means, and a name that stands twice is two settings of which one is not believed.
 */
export function parseYamlSettings(text: string): YamlSettings {
  const lines = new LineCounter();
  // Every scalar is a text (failsafe), so that no account 012 becomes a 10. Duplicates are found here: there it takes quadratic time.
  const options = { schema: 'failsafe', stringKeys: true, uniqueKeys: false, prettyErrors: false } as const;
  const document = parseDocument(text, { ...options, lineCounter: lines });
  const reading: Reading = { lines, places: new Map(), mistakes: [], values: 0 };

  const found = [...document.errors, ...document.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')];
  const problems = syntaxProblems(found, text, lines);
  for (const { offset, message } of problems) refuse(reading, { offset, path: [] }, `is not YAML: ${message}.`);
  if (problems.length > 0) return { members: {}, places: reading.places, mistakes: reading.mistakes, isBroken: true };

  const written = document.contents === null ? null : readNode(document.contents, { offset: 0, path: [] }, reading);
  if (written !== null && written !== undefined && !isMembers(written))
    refuse(reading, { offset: 0, path: [] }, 'must be a mapping: lines of `name: value`.');
  const isBroken = reading.values >= maxValues;
  const members = isMembers(written) && !isBroken ? written : {};
  return { members, places: reading.places, mistakes: reading.mistakes, isBroken };
}

interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
}

function syntaxProblems(problems: readonly YAMLError[], text: string, lines: LineCounter): readonly SyntaxProblem[] {
  // What follows from a stack that ran out says nothing.
  const exhausted = problems.filter(({ code }) => code === 'RESOURCE_EXHAUSTION').slice(0, 1);
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const runOn = problems.filter(({ code }) => code === 'MULTILINE_IMPLICIT_KEY');
  // By the line that it begins in: a value that runs on into a line with a name, which is indented too far or too little.
  const ends = new Map(runOn.map(({ pos: [start, end] }) => [lineOf(start), lineOf(end)]));
  return (exhausted.length > 0 ? exhausted : withoutConsequences(problems, lineOf)).map((problem) => {
    const [offset] = problem.pos;
    const end = problem.code === 'BLOCK_AS_IMPLICIT_KEY' ? ends.get(lineOf(offset)) : undefined;
    if (end === undefined) return { offset, message: inWords(problem) };
    const start = lines.lineStarts[end - 1] ?? 0;
    return { offset: start + text.slice(start).search(/[^ ]/), message: 'it does not fit what is above it; check the indentation' };
  });
}

/** Of what one mistake makes the parser say, the first: the rest of its line is misread, and all that follows a stray token. */
function withoutConsequences(problems: readonly YAMLError[], lineOf: (offset: number) => number): readonly YAMLError[] {
  const misread = new Set<number>();
  let isLost = false;
  return problems.filter(({ code, pos: [offset] }) => {
    if (!structureCodes.includes(code)) return true;
    const isConsequence = misread.has(lineOf(offset)) || (isLost && code === 'UNEXPECTED_TOKEN');
    misread.add(lineOf(offset));
    isLost ||= code === 'UNEXPECTED_TOKEN';
    return !isConsequence;
  });
}

function inWords({ code, message }: YAMLError): string {
  const isIndent = indentMessages.some((start) => message.startsWith(start));
  return `${ownWords[code] ?? message}${isIndent ? '; check the indentation' : ''}`;
}

interface Reading {
  readonly lines: LineCounter;
  readonly places: Map<string, Place>;
  readonly mistakes: YamlMistake[];
  values: number;
}

/** A value and where it is: the offset is that of its name, or of itself in a list. */
interface Spot {
  readonly offset: number;
  readonly path: SettingPath;
}

function readNode(node: unknown, spot: Spot, reading: Reading): Written {
  if (++reading.values === maxValues) refuse(reading, spot, `is more than a configuration has: ${maxValues} values at most.`);
  if (reading.values >= maxValues) return undefined;
  reading.places.set(pathText(spot.path), placeOf(reading, spot.offset));
  if (isAlias(node)) return refuse(reading, spot, 'must be written out: aliases are not allowed.');
  if (!isScalar(node) && !isCollection(node)) return null;
  if (node.tag !== undefined) return refuse(reading, spot, 'must have no tag: every value is text, a list or a mapping.');
  if (node.anchor !== undefined) return refuse(reading, spot, 'must have no anchor: every value is written out where it is used.');
  if (isScalar(node)) return isNothing(node) ? null : String(node.value);
  if (spot.path.length >= maxDepth) return refuse(reading, spot, `is nested more than ${maxDepth} deep.`);
  if (isMap(node)) return readMembers(node, spot, reading);
  return isSeq(node)
    ? node.items.map((item, index) =>
        readNode(item, { offset: offsetOf(item) ?? spot.offset, path: [...spot.path, index] }, reading),
      )
    : undefined;
}

function readMembers(map: YAMLMap, { offset: mapOffset, path: mapPath }: Spot, reading: Reading): Members {
  const first = new Map<string, Place>();
  const members: [string, Written][] = [];
  for (const { key, value } of map.items as readonly Pair[]) {
    const name = isScalar(key) ? String(key.value) : '';
    const spot = { offset: offsetOf(key) ?? mapOffset, path: [...mapPath, name] };
    const earlier = first.get(name);
    if (earlier !== undefined) refuse(reading, spot, `must be set once; it is set in line ${earlier.line} too.`);
    else {
      first.set(name, placeOf(reading, spot.offset));
      members.push([name, readNode(value, spot, reading)]);
    }
  }
  return Object.fromEntries(members);
}

/** As the core schema of YAML 1.2 has it (§10.3.2): `null` in quotes is a text. */
function isNothing({ type, source }: { readonly type?: unknown; readonly source?: string }): boolean {
  return type === 'PLAIN' && ['', '~', 'null', 'Null', 'NULL'].includes(source ?? '');
}

export function isMembers(written: Written): written is Members {
  return typeof written === 'object' && written !== null && !Array.isArray(written);
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined;
}

function refuse(reading: Reading, { offset, path }: Spot, message: string): undefined {
  reading.mistakes.push({ place: placeOf(reading, offset), path, message });
}

function placeOf({ lines }: Reading, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Where those of the package would not help. */
const ownWords: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  NON_STRING_KEY: 'a name must be text',
  MULTIPLE_DOCS: 'there must be one document',
};
/** Of what is said when lines do not belong together as they seem to. */
const structureCodes: readonly YAMLError['code'][] = [
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'MISSING_CHAR',
  'MULTILINE_IMPLICIT_KEY',
  'NON_STRING_KEY',
  'UNEXPECTED_TOKEN',
];
/** How messages of the package begin whose cause is, most often, a blank too many or too few. */
const indentMessages = ['All mapping items must start', 'All sequence items must start', 'Sequence item without - indicator'];
const maxValues = 20_000;
const maxDepth = 16;
