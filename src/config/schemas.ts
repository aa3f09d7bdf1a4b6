import { resolve } from 'node:path';
import { z } from 'zod';
import { nearestName } from '../nearest-name.ts';
import { type SettingPath, isWithin } from './setting-path.ts';

/** Members of a mapping. The issue about others has a line in its message for each of them. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((name) => noSuchSetting(name, names)).join('\n')
        : demand(issue.input, `be a mapping, of ${names.join(', ')}.`),
  });
}

export function list<Entry extends z.ZodType>(entry: Entry) {
  return z.array(entry, { error: ({ input }) => demand(input, 'be a list.') }).min(1, 'must have an entry.');
}

/** `allowed` completes "must be …". */
export function text(allowed: string, pattern: RegExp) {
  return z.string({ error: ({ input }) => demand(input, `be ${allowed}.`) }).regex(pattern, `must be ${allowed}.`);
}

/** Without control characters, line separators and what else is not seen: such a text ends in messages and names. */
export function freeText(maxCharacters: number) {
  return text(`1 to ${maxCharacters} printable characters`, new RegExp(`^[^\\p{C}\\p{Zl}\\p{Zp}]{1,${maxCharacters}}$`, 'u'));
}

export function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: ({ input }) => demand(input, `be one of ${names.join(', ')}.`) });
}

export function flag() {
  return oneOf(['true', 'false']).transform((written) => written === 'true');
}

export function whole(least: number, greatest: number, unit: string) {
  const allowed = `a whole number of ${unit}, ${least} to ${greatest}`;
  return text(allowed, /^[0-9]{1,15}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= greatest, `must be ${allowed}.`);
}

/** Absolute afterwards; a relative path begins at `folder`. */
export function pathIn(folder: string) {
  return text('a path', /^[^\0]{1,4096}$/).transform((path) => resolve(folder, path));
}
export type PathSchema = ReturnType<typeof pathIn>;

/**
 * For a rule between settings: it holds or not whatever else is wrong, so that every mistake is told at once, but says
 * nothing where one of the two is no value at all.
 */
export function whenRight(...settings: readonly SettingPath[]) {
  return ({ issues }: Pick<z.core.ParsePayload, 'issues'>): boolean =>
    !issues.some(({ code, path = [] }) => code !== 'unrecognized_keys' && settings.some((setting) => isWithin(setting, path)));
}

export function noSuchSetting(name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return `there is no such setting; there are ${names.join(', ')}.${hint}`;
}

function demand(input: unknown, allowed: string): string {
  if (input === undefined) return `is missing; it must ${allowed}`;
  return input === null ? `has no value; it must ${allowed}` : `must ${allowed}`;
}
