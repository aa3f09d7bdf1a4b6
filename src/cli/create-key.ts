import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { LatchkeyError } from '../client/latchkey-error.ts';
import { clientTokenOption } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { withHelp } from './help.ts';
import { keyDetails } from './key-text.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { repeatOnce, withServer } from './server-call.ts';

type CreateOptions = GlobalOptions & { readonly description: string; readonly alias?: string; readonly clientToken?: string };

export function addCreateKey(keys: Command): void {
  const create = keys
    .command('create')
    .summary('make a key')
    .description('Makes a key with its first backing key.')
    .option('-d, --description <text>', 'what it is for, at most 8192 characters', '')
    .option('--alias <alias>', 'also give it a name: alias/<name>')
    .addOption(clientTokenOption())
    .action((_: unknown, command: Command) => createKey(command.optsWithGlobals()));
  withHelp(create, [
    'latchkey keys create --description Payments --alias alias/payments',
    'latchkey keys create --json | jq -r .key_metadata.key_id',
  ]);
}

async function createKey(options: CreateOptions): Promise<void> {
  const { description, alias, clientToken = randomUUID() } = options;
  await withServer(options, async (latchkey) => {
    const response = await repeatOnce(() => latchkey.keys.createKey({ description, client_token: clientToken }));
    // Printed before the alias is tried: the key is there, whatever becomes of its name.
    print(options.json ? messageJson(response) : keyDetails(response.key_metadata));
    if (alias === undefined) return;

    const keyId = response.key_metadata?.key_id ?? '';
    try {
      await latchkey.keys.createAlias({ alias_name: alias, target_key_id: keyId });
    } catch (error) {
      throw error instanceof LatchkeyError ? withoutAlias(error, alias, keyId) : error;
    }
    if (!options.json) print(`\n${alias} names it.\n`);
  });
}

function withoutAlias(error: LatchkeyError, alias: string, keyId: string): LatchkeyError {
  const { reason, code, fieldViolations } = error;
  const message = `Key ${keyId} was made, but not its alias ${alias}: ${error.message} Name it with latchkey aliases create <alias> --key ${keyId}.`;
  return new LatchkeyError(message, { reason, code, fieldViolations, cause: error });
}
