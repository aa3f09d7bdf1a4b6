import type { Command } from 'commander';
import { namedKey, takesKey } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';

/** The commands about deletion protection. */
export function addProtectKey(keys: Command): void {
  const protect = takesKey(keys.command('protect'))
    .summary('refuse to delete a key')
    .description('Refuses to delete a key, or its imported material, until it is unprotected.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      setProtection(namedKey(key, command), true, command.optsWithGlobals()),
    );
  withHelp(protect, [`latchkey keys protect ${exampleKey}`]);

  const unprotect = takesKey(keys.command('unprotect'))
    .summary('allow deleting a key again')
    .description('Allows deleting a key, or its imported material, again.')
    .action((key: string | undefined, _: unknown, command: Command) =>
      setProtection(namedKey(key, command), false, command.optsWithGlobals()),
    );
  withHelp(unprotect, [`latchkey keys unprotect ${exampleKey}`]);
}

async function setProtection(key: string, on: boolean, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.setDeletionProtection({ key_id: key, deletion_protection: on });
    const text = on ? 'is protected: it cannot be deleted until it is unprotected.' : 'is not protected: it can be deleted.';
    print(options.json ? messageJson(response) : `Key ${key} ${text}\n`);
  });
}
