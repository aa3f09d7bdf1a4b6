import { type SettingPath, isWithin, pathText } from './setting-path.ts';
import { type Variable, variables } from './settings.ts';
import { type Members, type Place, type Written, isMembers } from './yaml-settings.ts';

/** What the settings are read from: variables that are set, which come before the file; what neither sets has its default. */
export interface Sources {
  readonly variables: readonly SetVariable[];
  readonly file: FileSource | undefined;
}

export interface SetVariable extends Variable {
  readonly name: string;
  readonly text: string;
}

export interface FileSource {
  /** As LATCHKEY_CONFIG has it. */
  readonly path: string;
  readonly members: Members;
  /** By `pathText`. */
  readonly places: ReadonlyMap<string, Place>;
}

/** What the file says, with the variables in their places. */
export function merge({ variables: given, file }: Sources): Members {
  return given.reduce<Members>(
    (members, { path, text, written }) => replaced(members, path, written === undefined ? text : written(text)),
    file?.members ?? {},
  );
}

/** How a message about a setting begins: `LATCHKEY_LOG_LEVEL`, or `latchkey.yaml:3:1: log_level`. */
export function settingTitle(path: SettingPath, { variables: given, file }: Sources): string {
  const variable = given.find((candidate) => isWithin(path, candidate.path));
  if (variable !== undefined) return variable.name;
  const name = pathText(path);
  if (file === undefined) return variableFor(path) ?? name;
  const place = placeIn(file, path);
  return [place === undefined ? file.path : placeText(file, place), ...(name === '' ? [] : [name])].join(': ');
}

/** What a message about another setting calls this one: `LATCHKEY_LOG_LEVEL`, or `log_level (line 3)`. */
export function settingReference(path: SettingPath, { variables: given, file }: Sources): string {
  const variable = given.find((candidate) => isWithin(path, candidate.path));
  if (variable !== undefined) return variable.name;
  if (file === undefined) return variableFor(path) ?? pathText(path);
  const place = file.places.get(pathText(path));
  return place === undefined ? pathText(path) : `${pathText(path)} (line ${place.line})`;
}

/** Where a setting stands in the file, or what it would be in. */
export function placeIn({ places }: FileSource, path: SettingPath): Place | undefined {
  for (let length = path.length; length > 0; length--) {
    const place = places.get(pathText(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return path.length === 0 ? { line: 1, column: 1 } : undefined;
}

/** `latchkey.yaml:3:1` */
export function placeText({ path }: Pick<FileSource, 'path'>, { line, column }: Place): string {
  return `${path}:${line}:${column}`;
}

function variableFor(path: SettingPath): string | undefined {
  return Object.entries<Variable>(variables).find(([, variable]) => isWithin(path, variable.path))?.[0];
}

function replaced(members: Members, [name = '', ...rest]: readonly string[], written: Written): Members {
  const inner = members[name];
  return { ...members, [name]: rest.length === 0 ? written : replaced(isMembers(inner) ? inner : {}, rest, written) };
}
