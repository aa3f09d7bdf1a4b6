import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { limitOption, tagOption } from './command-options.ts';
import type { LimitOptions } from './command-options.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { withHelp } from './help.ts';
import { keyTable } from './key-text.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { allPages, withServer } from './server-call.ts';
import { tagsOf } from './tag-text.ts';

type ListOptions = LimitOptions & { readonly state?: readonly State[]; readonly tag?: EncryptionContext };

export function addListKeys(keys: Command): void {
  const list = keys
    .command('list')
    .summary('list keys')
    .description('Lists all keys, or those that the filters leave, in the order of their ids.')
    .addOption(
      new Option('--state <state>', `only keys in this state; repeat for more: ${Object.keys(states).join(', ')}`).argParser(
        withState,
      ),
    )
    .addOption(tagOption('only keys with this tag'))
    .addOption(limitOption())
    .action((_: unknown, command: Command) => listKeys(command.optsWithGlobals()));
  withHelp(list, ['latchkey keys list --state enabled --tag team=payments', "latchkey keys list --json | jq -r '.keys[].key_id'"]);
}

async function listKeys(options: ListOptions): Promise<void> {
  const filters = { key_states: (options.state ?? []).map((state) => states[state]), tags: tagsOf(options.tag) };
  await withServer(options, async (latchkey) => {
    const { items: keys, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listKeys({ ...filters, ...page });
      return { items: response.keys, next_page_token: response.next_page_token };
    });
    const none = options.state || options.tag ? 'No key is like this.\n' : 'There are no keys. Make one: latchkey keys create\n';
    const text = keys.length === 0 ? none : keyTable(keys);
    print(options.json ? messageJson({ keys }) : text);
    noteMore(more, options);
  });
}

function withState(text: string, others: readonly State[] = []): readonly State[] {
  if (isState(text)) return [...others, text];
  throw new InvalidArgumentError(`Give one of ${Object.keys(states).join(', ')}.`);
}

function isState(text: string): text is State {
  return Object.hasOwn(states, text);
}

type State = keyof typeof states;

const states = {
  enabled: 'KEY_STATE_ENABLED',
  disabled: 'KEY_STATE_DISABLED',
  'pending-import': 'KEY_STATE_PENDING_IMPORT',
  'pending-deletion': 'KEY_STATE_PENDING_DELETION',
  unavailable: 'KEY_STATE_UNAVAILABLE',
} as const;
