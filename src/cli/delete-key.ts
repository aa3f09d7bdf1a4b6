import { Option } from 'commander';
import type { Command } from 'commander';
import { namedKey, takesKey, wholeNumber, yesOption } from './command-options.ts';
import type { GlobalOptions, YesOptions } from './command-options.ts';
import { confirmByKeyId, refuseWithoutTerminal } from './confirmation.ts';
import { exampleKey, withHelp } from './help.ts';
import { keyAtStake, refuseAlias } from './key-at-stake.ts';
import { messageJson, readableTimestamp } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';
import { count } from './text.ts';

type ScheduleOptions = YesOptions & { readonly window: number };

/** The commands about the end of a key. */
export function addDeleteKey(keys: Command): void {
  const schedule = takesKey(keys.command('schedule-deletion'))
    .summary('destroy a key, after a waiting period')
    .description(
      'Stops every use of a key at once, and destroys it with its backing keys and aliases after a waiting period. ' +
        'What it encrypted is then lost. Shows what would be lost, and asks first.',
    )
    .addOption(new Option('--window <days>', 'the waiting period, 7 to 30 days').default(30).argParser(wholeNumber(7, 30)))
    .addOption(yesOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      scheduleDeletion(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(schedule, [`latchkey keys schedule-deletion ${exampleKey}`]);

  const cancel = takesKey(keys.command('cancel-deletion'))
    .summary('keep a key that was to be destroyed')
    .description('Keeps a key that was to be destroyed. It is disabled then, until it is enabled again.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      cancelDeletion(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(cancel, [`latchkey keys cancel-deletion ${exampleKey}`]);
}

async function scheduleDeletion(key: string, options: ScheduleOptions): Promise<void> {
  refuseAlias(key);
  if (!options.yes) refuseWithoutTerminal('Deleting a key');
  await withServer(options, async (latchkey) => {
    if (!options.yes) {
      const { keyId, text } = await keyAtStake(latchkey, key);
      const days = count(options.window, 'day');
      await confirmByKeyId(
        keyId,
        `To be deleted:\n\n${text}\nNothing can use it from now on, and in ${days} it is destroyed.\nWhat it encrypted is lost then.\n`,
      );
    }
    const response = await latchkey.keys.scheduleKeyDeletion({ key_id: key, pending_window_in_days: options.window });
    const due = readableTimestamp(response.deletion_date);
    const text = `Key ${key} is pending deletion: nothing uses it, and it is destroyed after\n${due}. Until then latchkey keys cancel-deletion keeps it.\n`;
    print(options.json ? messageJson(response) : text);
  });
}

async function cancelDeletion(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.cancelKeyDeletion({ key_id: key });
    print(options.json ? messageJson(response) : `Key ${key} is kept, and disabled.\nlatchkey keys enable allows its use again.\n`);
  });
}
