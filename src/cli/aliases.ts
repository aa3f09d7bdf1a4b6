import type { Command } from 'commander';
import type { AliasListEntry__Output } from '../generated/latchkey/v1/AliasListEntry.ts';
import { keyOption, limitOption, requiredKeyOption } from './command-options.ts';
import type { GlobalOptions, LimitOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson, readableTimestamp } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { allPages, withServer } from './server-call.ts';
import { table } from './table.ts';

type TargetOptions = GlobalOptions & { readonly key: string };
type AliasListOptions = LimitOptions & { readonly key?: string };

export function addAliases(program: Command): void {
  const aliases = program
    .command('aliases')
    .summary('give keys names')
    .description('Gives keys names, which stand for them wherever something is encrypted or decrypted.');
  withHelp(aliases, [`latchkey aliases create alias/payments -k ${exampleKey}`, 'latchkey aliases list']);
  addChanging(aliases);
  addList(aliases);
}

function addChanging(aliases: Command): void {
  const argument = ['<alias>', 'alias/<name>, at most 256 characters'] as const;
  const target = requiredKeyOption('required: the key to name, by key id or key ARN');

  const create = aliases
    .command('create')
    .summary('give a key a name')
    .description('Gives a key a name. A key may have many.')
    .usage('<alias> --key <key> [options]')
    .argument(...argument)
    .addOption(target)
    .action((alias: string, _: unknown, command: Command) => createAlias(alias, command.optsWithGlobals()));
  withHelp(create, [`latchkey aliases create alias/payments -k ${exampleKey}`]);

  const update = aliases
    .command('update')
    .summary('point a name at another key')
    .description('Points a name at another key. What the old key encrypted still needs the old key, enabled.')
    .usage('<alias> --key <key> [options]')
    .argument(...argument)
    .addOption(target)
    .action((alias: string, _: unknown, command: Command) => updateAlias(alias, command.optsWithGlobals()));
  withHelp(update, [`latchkey aliases update alias/payments -k ${exampleKey}`]);

  const remove = aliases
    .command('delete')
    .summary('remove a name')
    .description('Removes a name. Its key stays, and what was encrypted through the name still decrypts.')
    .usage('<alias> [options]')
    .argument(...argument)
    .action((alias: string, _: unknown, command: Command) => deleteAlias(alias, command.optsWithGlobals()));
  withHelp(remove, ['latchkey aliases delete alias/payments']);
}

function addList(aliases: Command): void {
  const list = aliases
    .command('list')
    .summary('list names')
    .description('Lists all names, or those of one key, with the keys they point at.')
    .addOption(keyOption('only the names of this key, by key id or key ARN'))
    .addOption(limitOption())
    .action((_: unknown, command: Command) => listAliases(command.optsWithGlobals()));
  withHelp(list, ['latchkey aliases list', `latchkey aliases list --key ${exampleKey}`]);
}

async function createAlias(alias: string, options: TargetOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.createAlias({ alias_name: alias, target_key_id: options.key });
    print(options.json ? messageJson(response) : `${alias} names key ${options.key}.\n`);
  });
}

async function updateAlias(alias: string, options: TargetOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.updateAlias({ alias_name: alias, target_key_id: options.key });
    print(options.json ? messageJson(response) : `${alias} now names key ${options.key}.\n`);
  });
}

async function deleteAlias(alias: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.deleteAlias({ alias_name: alias });
    print(options.json ? messageJson(response) : `${alias} is removed; its key stays.\n`);
  });
}

async function listAliases(options: AliasListOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { items: aliases, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listAliases({ key_id: options.key ?? '', ...page });
      return { items: response.aliases, next_page_token: response.next_page_token };
    });
    print(options.json ? messageJson({ aliases }) : aliasTable(aliases));
    noteMore(more, options);
  });
}

function aliasTable(aliases: readonly AliasListEntry__Output[]): string {
  if (aliases.length === 0) return 'There are no aliases. Make one: latchkey aliases create alias/<name> --key <key>\n';
  const rows = aliases.map((alias) => [
    alias.target_key_id,
    readableTimestamp(alias.last_updated_date ?? alias.creation_date).slice(0, 'yyyy-mm-dd'.length),
    alias.alias_name,
  ]);
  // Whole, whatever the terminal's width: a name that is cut or broken cannot be copied.
  return table(['KEY', 'SINCE', 'ALIAS'], rows, Infinity);
}
