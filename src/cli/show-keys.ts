import type { Command } from 'commander';
import { limitOption, namedKey, takesKey } from './command-options.ts';
import type { GlobalOptions, LimitOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { keyDetails, keyMaterialTable, keyTable } from './key-text.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { allPages, withServer } from './server-call.ts';

/** The commands that only read keys. */
export function addShowKeys(keys: Command): void {
  const describe = takesKey(keys.command('describe'), 'key id, key ARN, alias/<name> or alias ARN')
    .summary('show a key')
    .description('Shows a key.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      describeKey(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(describe, ['latchkey keys describe alias/payments', `latchkey keys describe ${exampleKey} --json`]);

  const list = keys
    .command('list')
    .summary('list keys')
    .description('Lists all keys, in the order of their ids.')
    .addOption(limitOption())
    .action((_: unknown, command: Command) => listKeys(command.optsWithGlobals()));
  withHelp(list, ['latchkey keys list', "latchkey keys list --json | jq -r '.keys[].key_id'"]);

  const versions = takesKey(keys.command('versions'))
    .summary("list a key's backing keys")
    .description("Lists a key's backing keys, oldest first. The current one encrypts; all decrypt.")
    .addOption(limitOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      listVersions(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(versions, [`latchkey keys versions ${exampleKey}`]);
}

async function describeKey(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.describeKey({ key_id: key });
    print(options.json ? messageJson(response) : keyDetails(response.key_metadata));
  });
}

async function listKeys(options: LimitOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { items: keys, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listKeys(page);
      return { items: response.keys, next_page_token: response.next_page_token };
    });
    print(options.json ? messageJson({ keys }) : keyTable(keys));
    noteMore(more, options);
  });
}

async function listVersions(key: string, options: LimitOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { items: rotations, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listKeyRotations({ key_id: key, include_key_material: true, ...page });
      return { items: response.rotations, next_page_token: response.next_page_token };
    });
    print(options.json ? messageJson({ rotations }) : keyMaterialTable(rotations));
    noteMore(more, options);
  });
}
