import type { Command } from 'commander';
import { limitOption, namedKey, takesKey } from './command-options.ts';
import type { GlobalOptions, LimitOptions } from './command-options.ts';
import { withPair } from './encryption-context.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { allPages, withServer } from './server-call.ts';
import { tagLines, tagsOf } from './tag-text.ts';
import { count } from './text.ts';

export function addTags(program: Command): void {
  const tags = program
    .command('tags')
    .summary('label keys')
    .description('Labels keys. Tags are for finding keys; nothing is encrypted with them.');
  withHelp(tags, [`latchkey tags add ${exampleKey} team=payments`, `latchkey tags list ${exampleKey}`]);
  addChanging(tags);
  addList(tags);
}

function addChanging(tags: Command): void {
  const add = tags
    .command('add')
    .summary('label a key, or change its labels')
    .description('Adds tags to a key, and replaces the values of those that it has. A key has 50 at most.')
    .usage('<key> <tag=value...> [options]')
    .argument('<key>', 'key id or key ARN')
    .argument('<tag=value...>', 'tags, such as team=payments; the first = ends the name', withPair)
    .action((key: string, pairs: EncryptionContext, _: unknown, command: Command) =>
      addTagsTo(key, pairs, command.optsWithGlobals()),
    );
  withHelp(add, [`latchkey tags add ${exampleKey} team=pay stage=prod`]);

  const remove = tags
    .command('remove')
    .summary('take labels off a key')
    .description('Removes tags from a key, by their names. Those that it does not have are left alone.')
    .usage('<key> <tag...> [options]')
    .argument('<key>', 'key id or key ARN')
    .argument('<tag...>', 'names of tags, without values')
    .action((key: string, names: string[], _: unknown, command: Command) => removeTags(key, names, command.optsWithGlobals()));
  withHelp(remove, [`latchkey tags remove ${exampleKey} stage`]);
}

function addList(tags: Command): void {
  const list = takesKey(tags.command('list'))
    .summary("list a key's labels")
    .description("Lists a key's tags, in the order of their names.")
    .addOption(limitOption())
    .action((key: string | undefined, _: unknown, command: Command) => listTags(namedKey(key, command), command.optsWithGlobals()));
  withHelp(list, [`latchkey tags list ${exampleKey}`]);
}

async function addTagsTo(key: string, pairs: EncryptionContext, options: GlobalOptions): Promise<void> {
  const tags = tagsOf(pairs);
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.tagResource({ key_id: key, tags });
    print(options.json ? messageJson(response) : `Key ${key} has ${these(tags.length)}.\n`);
  });
}

async function removeTags(key: string, names: readonly string[], options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.untagResource({ key_id: key, tag_keys: [...names] });
    print(options.json ? messageJson(response) : `Key ${key} no longer has ${these(names.length)}.\n`);
  });
}

function these(amount: number): string {
  return amount === 1 ? 'this tag' : `these ${count(amount, 'tag')}`;
}

async function listTags(key: string, options: LimitOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { items: tags, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listResourceTags({ key_id: key, ...page });
      return { items: response.tags, next_page_token: response.next_page_token };
    });
    // A line each, ready to be given to `tags add` again.
    const text =
      tags.length === 0 ? `Key ${key} has no tags. Add one: latchkey tags add <key> <tag>=<value>\n` : `${tagLines(tags)}\n`;
    print(options.json ? messageJson({ tags }) : text);
    noteMore(more, options);
  });
}
