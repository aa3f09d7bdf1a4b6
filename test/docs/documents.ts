import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '../..');

/** The text of a file of the repository. */
export function readDocument(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

/** The fenced blocks of a language, in order, each with its last line break. */
export function fencedBlocks(document: string, language: string): readonly string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...document.matchAll(pattern)].map(([, block]) => block ?? '');
}

/** The rows of the table whose first header cell is `heading`, each a list of cells. Throws when there is none. */
export function tableRows(document: string, heading: string): readonly (readonly string[])[] {
  const lines = document.split('\n');
  const header = lines.findIndex((line) => cells(line)[0] === heading);
  if (header < 0) throw new Error(`There is no table that begins with ${heading}.`);
  const length = lines.slice(header).findIndex((line) => !line.startsWith('|'));
  return lines.slice(header + 2, length < 0 ? undefined : header + length).map(cells);
}

/** What stands in backticks within a line; fenced blocks do not count. */
export function codeOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
}

function cells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
