import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** Whether a path is a folder or in it, also by way of links. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(withoutLinks(resolve(folder)), withoutLinks(resolve(path)));
  return way === '' || !(way === '..' || way.startsWith('../'));
}

/** The path that links lead to, as far as it exists yet. */
function withoutLinks(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(withoutLinks(parent), basename(path));
}
