import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { GlobalOptions } from './command-options.ts';
import { withHelp } from './help.ts';
import { print } from './output.ts';

export function addVersion(program: Command): void {
  const facts = program
    .command('version')
    .summary('print the version')
    .description('Prints the version of this command line. latchkey server-info prints that of the server.')
    .action((_: unknown, command: Command) => {
      const { json } = command.optsWithGlobals<GlobalOptions>();
      print(
        json
          ? `${JSON.stringify({ version: version(), node_version: process.versions.node }, undefined, 2)}\n`
          : `latchkey ${version()}\n`,
      );
    });
  withHelp(facts, ['latchkey version', 'latchkey version --json']);
}

/** The version of the package that this file is part of; from src/cli and dist/cli alike. */
export function version(): string {
  const packageJson: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const found =
    typeof packageJson === 'object' && packageJson !== null && 'version' in packageJson ? packageJson.version : undefined;
  if (typeof found !== 'string') throw new Error('package.json has no version.');
  return found;
}
