import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { clientTokenOption, namedKey, takesKey } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { repeatOnce, withServer } from './server-call.ts';

type RotateOptions = GlobalOptions & { readonly expect?: string; readonly clientToken?: string };
type DescriptionOptions = GlobalOptions & { readonly description: string };

/** The commands that change a key. */
export function addChangeKeys(keys: Command): void {
  const rotate = takesKey(keys.command('rotate'))
    .summary('give a key a new backing key')
    .description('Gives a key a new backing key, which encrypts from now on. Earlier ones go on decrypting.')
    .option('--expect <key material id>', 'rotate only if this is still the current one')
    .addOption(clientTokenOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      rotateKey(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(rotate, [`latchkey keys rotate ${exampleKey}`]);

  const enable = takesKey(keys.command('enable'))
    .summary("allow a disabled key's use again")
    .description("Allows a disabled key's use again.")
    .action((key: string | undefined, _: unknown, command: Command) =>
      enableKey(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(enable, [`latchkey keys enable ${exampleKey}`]);

  const disable = takesKey(keys.command('disable'))
    .summary('stop every use of a key')
    .description('Stops every use of a key, at once, until it is enabled again.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      disableKey(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(disable, [`latchkey keys disable ${exampleKey}`]);

  const update = takesKey(keys.command('update-description'))
    .summary("replace a key's description")
    .description("Replaces a key's description.")
    .requiredOption('-d, --description <text>', 'at most 8192 characters; "" for none')
    .action((key: string | undefined, _: unknown, command: Command) =>
      updateDescription(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(update, [`latchkey keys update-description ${exampleKey} -d Cards`]);
}

async function rotateKey(key: string, options: RotateOptions): Promise<void> {
  const { clientToken = randomUUID(), expect = '' } = options;
  const request = { key_id: key, client_token: clientToken, expected_current_key_material_id: expect };
  await withServer(options, async (latchkey) => {
    const response = await repeatOnce(() => latchkey.keys.rotateKeyOnDemand(request));
    print(options.json ? messageJson(response) : `Key ${key} now encrypts with backing key\n  ${response.key_material_id}\n`);
  });
}

async function enableKey(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.enableKey({ key_id: key });
    print(options.json ? messageJson(response) : `Key ${key} is enabled.\n`);
  });
}

async function disableKey(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.disableKey({ key_id: key });
    print(options.json ? messageJson(response) : `Key ${key} is disabled: nothing uses it until it is enabled again.\n`);
  });
}

async function updateDescription(key: string, options: DescriptionOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.updateKeyDescription({ key_id: key, description: options.description });
    print(options.json ? messageJson(response) : `Key ${key} has its new description.\n`);
  });
}
