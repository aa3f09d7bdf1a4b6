import type { Command } from 'commander';
import type { GlobalOptions } from './command-options.ts';
import { exampleKey, exampleMaterial, withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';

/** The commands that say whether a backing key is in wrong hands. */
export function addCompromisedMaterial(keys: Command): void {
  const mark = takesMaterial(keys.command('mark-compromised'))
    .summary('say that a backing key is in wrong hands')
    .description(
      'Says that a backing key is in wrong hands: what it encrypted no longer decrypts. ' +
        'The current one must be rotated away first, with latchkey keys rotate.',
    )
    .action((key: string, material: string, _: unknown, command: Command) =>
      setCompromised({ key, material, compromised: true }, command.optsWithGlobals()),
    );
  withHelp(mark, [`latchkey keys mark-compromised ${exampleKey} \\\n      ${exampleMaterial}`]);

  const unmark = takesMaterial(keys.command('unmark-compromised'))
    .summary('say that it is not after all')
    .description('Says that a backing key is not in wrong hands after all: what it encrypted decrypts again.')
    .action((key: string, material: string, _: unknown, command: Command) =>
      setCompromised({ key, material, compromised: false }, command.optsWithGlobals()),
    );
  withHelp(unmark, [`latchkey keys unmark-compromised ${exampleKey} \\\n      ${exampleMaterial}`]);
}

function takesMaterial(command: Command): Command {
  return command
    .usage('<key> <key material id> [options]')
    .argument('<key>', 'key id or key ARN')
    .argument('<key material id>', 'one of its backing keys; latchkey keys versions shows them');
}

async function setCompromised(
  { key, material, compromised }: { key: string; material: string; compromised: boolean },
  options: GlobalOptions,
): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.setKeyMaterialCompromised({ key_id: key, key_material_id: material, compromised });
    const verdict = compromised
      ? 'is compromised: what it encrypted no longer decrypts.'
      : 'is not compromised: what it encrypted decrypts again.';
    print(options.json ? messageJson(response) : `Backing key ${material}\n  of key ${key} ${verdict}\n`);
  });
}
