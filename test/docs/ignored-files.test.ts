import { matchesGlob } from 'node:path';
import { expect, it } from 'vitest';
import { fencedBlocks, readDocument } from './documents.ts';

/** Files of the checkout's own folder that Git leaves alone. */
const ignored = readDocument('.gitignore')
  .split('\n')
  .filter((line) => line.startsWith('/') && !line.endsWith('/'))
  .map((line) => line.slice(1));

it.each(['README.md', 'docs/IMPORT.md', 'docs/ROTATION.md', 'docs/JSONL.md', 'docs/LOAD.md'])(
  'what the commands of %s write, key material among it, is not added by git add --all',
  (path) => {
    const commands = ['bash', 'sh'].flatMap((language) => fencedBlocks(readDocument(path), language)).join('\n');
    const written = [...commands.matchAll(/(?:>|-out|--report) ([\w-]+(?:\.[\w-]+)+)/g)].map(([, file = '']) => file);
    expect(written).not.toEqual([]);
    expect(written.filter((file) => !ignored.some((pattern) => matchesGlob(file, pattern)))).toEqual([]);
  },
);
