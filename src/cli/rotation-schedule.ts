import { Option } from 'commander';
import type { Command } from 'commander';
import type { GetKeyRotationStatusResponse__Output } from '../generated/latchkey/v1/GetKeyRotationStatusResponse.ts';
import { namedKey, rotationPeriod, takesKey } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson, readableTimestamp } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';
import { count, details } from './text.ts';

type PeriodOptions = GlobalOptions & { readonly period: number };

/** The commands about the automatic rotation of a key. */
export function addRotationSchedule(keys: Command): void {
  const enable = takesKey(keys.command('enable-rotation'))
    .summary('rotate a key automatically')
    .description('Rotates a key automatically, or changes how often. The first rotation is due one period from now.')
    .addOption(new Option('--period <days>', 'days between rotations, 90 to 2560').default(365).argParser(rotationPeriod))
    .action((key: string | undefined, _: unknown, command: Command) =>
      enableRotation(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(enable, [`latchkey keys enable-rotation ${exampleKey} --period 90`]);

  const disable = takesKey(keys.command('disable-rotation'))
    .summary('stop rotating a key automatically')
    .description('Stops rotating a key automatically. Its backing keys stay as they are.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      disableRotation(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(disable, [`latchkey keys disable-rotation ${exampleKey}`]);

  const status = takesKey(keys.command('rotation-status'))
    .summary('show when a key is rotated next')
    .description('Shows whether a key is rotated automatically, how often, and when next.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      rotationStatus(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(status, [`latchkey keys rotation-status ${exampleKey}`]);
}

async function enableRotation(key: string, options: PeriodOptions): Promise<void> {
  const { period, json } = options;
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.enableKeyRotation({ key_id: key, rotation_period_in_days: period });
    print(
      json
        ? messageJson(response)
        : `Key ${key} is rotated every ${count(period, 'day')}, the first time ${period} days from now.\n`,
    );
  });
}

async function disableRotation(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.disableKeyRotation({ key_id: key });
    print(options.json ? messageJson(response) : `Key ${key} is rotated on demand only.\n`);
  });
}

async function rotationStatus(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.getKeyRotationStatus({ key_id: key });
    print(options.json ? messageJson(response) : scheduleDetails(response));
  });
}

function scheduleDetails(schedule: GetKeyRotationStatusResponse__Output): string {
  if (!schedule.key_rotation_enabled) {
    return details([
      ['Key', schedule.key_arn],
      ['Rotates', 'on demand only'],
    ]);
  }
  return details([
    ['Key', schedule.key_arn],
    ['Rotates', `every ${count(schedule.rotation_period_in_days, 'day')}`],
    ['Next', readableTimestamp(schedule.next_rotation_date)],
  ]);
}
