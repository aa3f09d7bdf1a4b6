import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fencedBlocks, readDocument, repositoryRoot } from './documents.ts';

const documents = ['README.md', ...readdirSync(join(repositoryRoot, 'docs')).map((name) => `docs/${name}`)];
const commandsOf = (path: string) => ['bash', 'sh'].flatMap((language) => fencedBlocks(readDocument(path), language)).join('');

it('of one document do not make what those of another have made: they are tried on one store', () => {
  const made = documents.map((path) => [path, namesMadeBy(commandsOf(path))] as const);
  expect(made.flatMap(([, names]) => names)).toContain('principals create carol');
  const twice = made.flatMap(([path, names]) =>
    names
      .filter((name) => made.some(([other, others]) => other !== path && others.includes(name)))
      .map((name) => `${path}: ${name}`),
  );
  expect(twice).toEqual([]);
});

it.each(documents)('of %s call the program that a checkout has', (path) => {
  expect(commandsOf(path).match(/(?:^|\| )latchkey .*/gm) ?? []).toEqual([]);
});

/** Names of principals, groups and aliases that are there after the commands. */
function namesMadeBy(commands: string): readonly string[] {
  const made = [...commands.matchAll(/(?:principals|groups) create [\w+=,.@-]+(?= )|alias\/[\w/-]+/g)].map(([name]) => name);
  const isGone = (name: string) => commands.includes(`aliases delete ${name}`);
  return [...new Set(made)].filter((name) => !isGone(name) && !name.includes('create --'));
}
