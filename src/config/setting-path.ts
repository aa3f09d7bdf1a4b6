/** The way to a setting in the file: names, and numbers of list entries from 0. */
export type SettingPath = readonly PropertyKey[];

/** `listeners[0].tls.key` */
export function pathText(path: SettingPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${nameText(String(step))}`))
    .join('');
}

/** Whether `path` is `outer` or a part of it. */
export function isWithin(path: SettingPath, outer: SettingPath): boolean {
  return outer.every((step, index) => path[index] === step);
}

/** A name that somebody wrote may hold anything; in messages it stays on its line, and commands no terminal. */
function nameText(name: string): string {
  if (/^[\w-]{1,64}$/.test(name)) return name;
  const shown = name.length > maxShownCharacters ? `${name.slice(0, maxShownCharacters)}...` : name;
  return JSON.stringify(shown).replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const maxShownCharacters = 64;
