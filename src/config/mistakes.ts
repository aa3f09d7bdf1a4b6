import type { z } from 'zod';
import { StartRefused } from '../errors.ts';
import { type SettingPath, isWithin, pathText } from './setting-path.ts';
import { type FileSource, type Sources, placeIn, placeText, settingTitle } from './sources.ts';
import { type Members, type Written, type YamlMistake, isMembers } from './yaml-settings.ts';

/** A mistake in the settings; those of the file are told in its order. */
export interface Mistake {
  readonly place: YamlMistake['place'] | undefined;
  readonly text: string;
}

export function refusal(mistakes: readonly Mistake[]): StartRefused {
  const inOrder = mistakes.toSorted(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
  // What is wrong with the file alone is found again when the variables are in it.
  const lines = [...new Set(inOrder.map(({ text }) => text))];
  const more = lines.length > maxShown ? [`and ${lines.length - maxShown} more.`] : [];
  return new StartRefused(['The settings are not right:', ...lines.slice(0, maxShown), ...more].join('\n  '));
}

export function yamlMistake(file: Pick<FileSource, 'path'>, { place, path, message }: YamlMistake): Mistake {
  return { place, text: [placeText(file, place), ...(path.length === 0 ? [] : [pathText(path)]), message].join(': ') };
}

export function issueMistakes(issues: readonly z.core.$ZodIssue[], sources: Sources): readonly Mistake[] {
  return issues.flatMap(separate).flatMap(({ path, message }) => {
    const title = settingTitle(path, sources);
    const variable = sources.variables.find((candidate) => isWithin(path, candidate.path));
    if (variable !== undefined) {
      const isOfEntry = path.length > variable.path.length;
      const allowed = isOfEntry ? message.replace(/\.$/, `${variable.separator ?? ''}.`) : message;
      return [{ place: undefined, text: `${title}: ${allowed}` }];
    }
    const { file } = sources;
    if (file !== undefined && isRefused(file.members, path)) return [];
    return [{ place: file && placeIn(file, path), text: `${title}: ${message}` }];
  });
}

/** An issue for each name that is none: `section` gives each a line of the message. */
function separate(issue: z.core.$ZodIssue): readonly { readonly path: SettingPath; readonly message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  const messages = issue.message.split('\n');
  return issue.keys.map((name, index) => ({ path: [...issue.path, name], message: messages[index] ?? '' }));
}

/** Whether something on the way was refused already, so that nothing stands there. */
function isRefused(members: Members, path: SettingPath): boolean {
  let written: Written = members;
  for (const step of path) {
    const has: boolean = typeof written === 'object' && written !== null && Object.hasOwn(written, step);
    if (!has) return false;
    written = entryOf(written, step);
    if (written === undefined) return true;
  }
  return false;
}

function entryOf(written: Written, step: PropertyKey): Written {
  if (isMembers(written)) return written[String(step)];
  return Array.isArray(written) ? (written as readonly Written[])[Number(step)] : undefined;
}

const maxShown = 100;
