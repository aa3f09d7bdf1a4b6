import type { Command } from 'commander';
import { limitOption, namedKey, takesKey } from './command-options.ts';
import type { LimitOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { keyMaterialTable } from './key-material-text.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { allPages, withServer } from './server-call.ts';

export function addListKeyVersions(keys: Command): void {
  const versions = takesKey(keys.command('versions'))
    .alias('list-key-versions')
    .summary("list a key's backing keys")
    .description("Lists a key's backing keys, oldest first. The current one encrypts; all decrypt but one pending rotation.")
    .addOption(limitOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      listKeyVersions(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(versions, [`latchkey keys versions ${exampleKey}`]);
}

async function listKeyVersions(key: string, options: LimitOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { items: rotations, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listKeyRotations({ key_id: key, include_key_material: true, ...page });
      return { items: response.rotations, next_page_token: response.next_page_token };
    });
    print(options.json ? messageJson({ rotations }) : keyMaterialTable(rotations));
    noteMore(more, options);
  });
}
