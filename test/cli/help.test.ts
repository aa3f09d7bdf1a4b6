import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { latchkeyProgram } from '../../src/cli/program.ts';

const policies = ['', ' put', ' get', ' delete', ' list', ' attach', ' detach'];
const commands = withSubcommands(latchkeyProgram());

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.filter((subcommand) => subcommand.name() !== 'help').flatMap(withSubcommands)];
}

function path(command: Command): string {
  return command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

test('there are the commands that the documents name', () => {
  expect(commands.map(path)).toEqual([
    'latchkey',
    ...[
      '',
      ' create',
      ' describe',
      ' list',
      ' versions',
      ' last-usage',
      ' rotate',
      ' enable',
      ' disable',
      ' update-description',
      ' policy',
      ' policy get',
      ' policy put',
      ' enable-rotation',
      ' disable-rotation',
      ' rotation-status',
      ' import',
      ' get-import-parameters',
      ' import-wrapped',
      ' delete-material',
      ' schedule-deletion',
      ' cancel-deletion',
      ' protect',
      ' unprotect',
      ' mark-compromised',
      ' unmark-compromised',
    ].map((name) => `latchkey keys${name}`),
    ...['', ' create', ' update', ' delete', ' list'].map((name) => `latchkey aliases${name}`),
    ...['', ' add', ' remove', ' list'].map((name) => `latchkey tags${name}`),
    ...['', ' create', ' list', ' list-retirable', ' retire', ' revoke'].map((name) => `latchkey grants${name}`),
    ...['', ' create', ' list', ' describe', ' enable', ' disable', ' delete', ' tag', ' untag'].map(
      (name) => `latchkey principals${name}`,
    ),
    ...['', ' create', ' list', ' revoke'].map((name) => `latchkey principals tokens${name}`),
    ...policies.map((name) => `latchkey principals policies${name}`),
    ...['', ' create', ' describe', ' list', ' delete', ' add', ' remove'].map((name) => `latchkey groups${name}`),
    ...policies.map((name) => `latchkey groups policies${name}`),
    ...['policies', 'policies ready', 'policies explain', 'whoami'].map((name) => `latchkey ${name}`),
    ...['encrypt', 'decrypt', 're-encrypt', 'generate-data-key', 'random', 'inspect', 'server-info', 'version'].map(
      (name) => `latchkey ${name}`,
    ),
  ]);
});

test.each(commands.map((command) => [path(command), command] as const))(
  'the help of %s has examples of it and the exit codes, in 80 columns',
  (name, command) => {
    const help = helpOf(command);
    const [, examples = ''] = help.split('\nExamples:\n');
    expect(examples).toContain(`  ${name}`);
    expect(examples).toContain('\nExit codes:\n  0  done\n');
    expect(help).toContain('--address <address>');
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
  },
);
