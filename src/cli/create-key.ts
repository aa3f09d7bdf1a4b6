import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import type { Command } from 'commander';
import { LatchkeyError } from '../client/latchkey-error.ts';
import type { CreateKeyRequest } from '../generated/latchkey/v1/CreateKeyRequest.ts';
import { clientTokenOption, rotationPeriod, tagOption } from './command-options.ts';
import type { GlobalOptions } from './command-options.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { withHelp } from './help.ts';
import { keyDetails } from './key-text.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { noteWarnings, readPolicy } from './policy-file.ts';
import { repeatOnce, withServer } from './server-call.ts';
import { tagsOf } from './tag-text.ts';

interface CreateOptions extends GlobalOptions {
  readonly description: string;
  readonly alias?: string;
  readonly tag?: EncryptionContext;
  readonly origin: keyof typeof origins;
  /** Days, or true for the default. */
  readonly rotate?: number | true;
  readonly protect?: boolean;
  readonly policyFile?: string;
  readonly clientToken?: string;
}

export function addCreateKey(keys: Command): void {
  const create = keys
    .command('create')
    .summary('make a key')
    .description('Makes a key: with its first backing key or, of origin external, waiting for material to be imported.')
    .option('-d, --description <text>', 'what it is for, at most 8192 characters', '')
    .option('--alias <alias>', 'also give it a name: alias/<name>')
    .addOption(tagOption('also label it'))
    .addOption(
      new Option('--origin <origin>', 'where its material comes from: made here, or imported')
        .choices(Object.keys(origins))
        .default('aws-kms'),
    )
    .addOption(
      new Option('--rotate [days]', 'rotate it automatically, every 90 to 2560 days; without a number every 365').argParser(
        rotationPeriod,
      ),
    )
    .option('--protect', 'refuse to delete it until it is unprotected')
    .option('--policy-file <path>', 'who may use and manage it, a key policy (default: identity policies decide)')
    .addOption(clientTokenOption())
    .action((_: unknown, command: Command) => createKey(command.optsWithGlobals()));
  withHelp(create, [
    'latchkey keys create --description Payments --alias alias/payments',
    'latchkey keys create --rotate 90 --tag team=payments --protect',
    'latchkey keys create --json | jq -r .key_metadata.key_id',
  ]);
}

async function createKey(options: CreateOptions): Promise<void> {
  const { alias } = options;
  const request = await createRequest(options);
  await withServer(options, async (latchkey) => {
    const response = await repeatOnce(() => latchkey.keys.createKey(request));
    // Printed before the alias is tried: the key is there, whatever becomes of its name.
    noteWarnings(response.policy_warnings, options);
    print(options.json ? messageJson(response) : keyDetails(response.key_metadata));
    const keyId = response.key_metadata?.key_id ?? '';
    if (!options.json && options.origin === 'external')
      print(`\nIt waits for its material: latchkey keys import ${keyId} --file <file>\n`);
    if (alias === undefined) return;

    try {
      await latchkey.keys.createAlias({ alias_name: alias, target_key_id: keyId });
    } catch (error) {
      throw error instanceof LatchkeyError ? withoutAlias(error, alias, keyId) : error;
    }
    if (!options.json) print(`\n${alias} names it.\n`);
  });
}

async function createRequest(options: CreateOptions): Promise<CreateKeyRequest> {
  const { description, tag, origin, rotate, protect = false, policyFile, clientToken = randomUUID() } = options;
  return {
    description,
    origin: origins[origin],
    tags: tagsOf(tag),
    enable_key_rotation: rotate !== undefined,
    rotation_period_in_days: typeof rotate === 'number' ? rotate : 0,
    deletion_protection: protect,
    policy: policyFile === undefined ? '' : await readPolicy(policyFile),
    client_token: clientToken,
  };
}

function withoutAlias(error: LatchkeyError, alias: string, keyId: string): LatchkeyError {
  const { reason, code, fieldViolations } = error;
  const message = `Key ${keyId} was made, but not its alias ${alias}: ${error.message} Name it with latchkey aliases create <alias> --key ${keyId}.`;
  return new LatchkeyError(message, { reason, code, fieldViolations, cause: error });
}

/** The API's names, which are AWS KMS's. */
const origins = { 'aws-kms': 'ORIGIN_TYPE_AWS_KMS', external: 'ORIGIN_TYPE_EXTERNAL' } as const;
