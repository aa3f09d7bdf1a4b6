import type { Command } from 'commander';
import { namedKey, takesKey, yesOption } from './command-options.ts';
import type { YesOptions } from './command-options.ts';
import { confirmByKeyId, refuseWithoutTerminal } from './confirmation.ts';
import { exampleKey, withHelp } from './help.ts';
import { keyAtStake, refuseAlias } from './key-at-stake.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';

type DeleteMaterialOptions = YesOptions & { readonly material?: string };

export function addDeleteKeyMaterial(keys: Command): void {
  const deletion = takesKey(keys.command('delete-material'))
    .summary('destroy the imported material of a key')
    .description(
      'Destroys imported material, at once and for ever. What it encrypted cannot be decrypted until the same bytes are imported again. ' +
        'Shows what would be lost, and asks first.',
    )
    .option('--material <key material id>', 'which (default: the current one)')
    .addOption(yesOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      deleteKeyMaterial(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(deletion, [`latchkey keys delete-material ${exampleKey}`]);
}

async function deleteKeyMaterial(key: string, options: DeleteMaterialOptions): Promise<void> {
  refuseAlias(key);
  if (!options.yes) refuseWithoutTerminal('Deleting key material');
  await withServer(options, async (latchkey) => {
    const { material = '' } = options;
    if (!options.yes) {
      const { keyId, text } = await keyAtStake(latchkey, key);
      const what =
        material === ''
          ? 'The current material of this key is to be destroyed'
          : `Material ${material}\nof this key is to be destroyed`;
      await confirmByKeyId(
        keyId,
        `${what}:\n\n${text}\nWhat it encrypted cannot be decrypted until the same bytes are imported again.\nLatchkey keeps no copy.\n`,
      );
    }
    const response = await latchkey.keys.deleteImportedKeyMaterial({ key_id: key, key_material_id: material });
    const { key_material_id: gone } = response;
    const text = gone === '' ? `Key ${key} has no imported material.\n` : `Material ${gone}\n  of key ${key} is gone.\n`;
    print(options.json ? messageJson(response) : text);
  });
}
