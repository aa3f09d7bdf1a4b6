import type { Command } from 'commander';
import { namedKey, takesKey } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { aliasesOf, tagsOfKey } from './key-labels.ts';
import { keyDetails } from './key-text.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';

export function addDescribeKey(keys: Command): void {
  const describe = takesKey(keys.command('describe'), 'key id, key ARN, alias/<name> or alias ARN')
    .summary('show a key')
    .description('Shows a key, its names, its labels and how it was used.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      describeKey(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(describe, ['latchkey keys describe alias/payments', `latchkey keys describe ${exampleKey} --json`]);
}

async function describeKey(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { key_metadata, uses } = await latchkey.keys.describeKey({ key_id: key });
    // By its id: these calls take no alias, and an alias may be pointed elsewhere in between.
    const keyId = key_metadata?.key_id ?? key;
    const [aliases, tags] = await Promise.all([aliasesOf(latchkey, keyId), tagsOfKey(latchkey, keyId)]);
    print(options.json ? messageJson({ key_metadata, uses, aliases, tags }) : keyDetails(key_metadata, { uses, aliases, tags }));
  });
}
