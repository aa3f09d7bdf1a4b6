import type { Command } from 'commander';
import type { GetKeyLastUsageResponse__Output } from '../generated/latchkey/v1/GetKeyLastUsageResponse.ts';
import { namedKey, takesKey } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson, readableTimestamp } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';
import { details } from './text.ts';
import { isAfter, lastUse } from './use-text.ts';

export function addLastUsage(keys: Command): void {
  const lastUsage = takesKey(keys.command('last-usage'))
    .alias('get-key-last-usage')
    .summary('show when a key was last used')
    .description(
      'Shows when a key last encrypted or decrypted, and since when that is recorded. Advisory: no use on record does not prove that ' +
        'nobody needs the key.',
    )
    .action((key: string | undefined, _: unknown, command: Command) =>
      showLastUsage(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(lastUsage, [`latchkey keys last-usage ${exampleKey}`]);
}

async function showLastUsage(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.getKeyLastUsage({ key_id: key });
    print(options.json ? messageJson(response) : lastUsageDetails(response));
  });
}

function lastUsageDetails(usage: GetKeyLastUsageResponse__Output): string {
  const { key_arn, key_last_usage, key_creation_date: createdAt, tracking_start_date: startedAt } = usage;
  const from = isAfter(startedAt, createdAt) ? `${readableTimestamp(startedAt)}, the key is older` : 'the key was made';
  return details([
    ['Key', key_arn],
    ['Last used', lastUse(key_last_usage?.timestamp, { startedAt, createdAt })],
    ['Created', readableTimestamp(createdAt)],
    ['Recorded', `since ${from}`],
  ]);
}
