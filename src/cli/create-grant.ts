import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { CreateGrantRequest } from '../generated/latchkey/v1/CreateGrantRequest.ts';
import { contextOption, namedKey, takesKey } from './command-options.ts';
import { type DryRunOptions, delivering, dryRunOption } from './dry-run.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { principalArn, principalArnForm } from './principal-arn.ts';
import { repeatOnce, withServer } from './server-call.ts';

interface CreateOptions extends DryRunOptions {
  readonly grantee: string;
  readonly operation: readonly Operation[];
  readonly retiringPrincipal?: string;
  readonly contextEquals?: EncryptionContext;
  readonly contextSubset?: EncryptionContext;
  readonly name?: string;
  readonly grantToken?: readonly string[];
}

export function addCreateGrant(grants: Command): void {
  const create = takesKey(grants.command('create'))
    .summary('let somebody use a key')
    .description('Lets a principal use a key for some operations, until the grant is retired or revoked.')
    .requiredOption('--grantee <principal>', `required: who may: ${principalArnForm}`)
    .addOption(
      new Option('--operation <operation>', `required: what, repeat for more: ${Object.keys(operations).join(', ')}`)
        .argParser(withOperation)
        .makeOptionMandatory(),
    )
    .addOption(contextOption('--context-subset <key=value>', 'only with this pair in the encryption context; repeat for more'))
    .addOption(
      contextOption('--context-equals <key=value>', 'only with this encryption context; repeat for more pairs').conflicts(
        'contextSubset',
      ),
    )
    .option('--retiring-principal <principal>', `who may retire it: ${principalArnForm}`)
    .option('--name <name>', 'makes the command repeatable: the same grant again is not made twice')
    .addOption(
      new Option('--grant-token <token>', 'of a grant that lets you do this; repeat for more').argParser(
        (token: string, others: readonly string[] | undefined) => [...(others ?? []), token],
      ),
    )
    .addOption(dryRunOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      createGrant(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(create, [
    `latchkey grants create ${exampleKey} \\\n    --grantee reports --operation decrypt \\\n    --context-subset tenant=acme --name reports`,
  ]);
}

async function createGrant(key: string, options: CreateOptions): Promise<void> {
  const fields = createRequest(key, options);
  await withServer(options, async (latchkey) => {
    const request = {
      ...fields,
      grantee_principal: await principalArn(options.grantee, latchkey),
      retiring_principal: await principalArn(options.retiringPrincipal ?? '', latchkey),
    };
    const create = () => latchkey.keys.createGrant(request);
    // Without a name a repetition would make another.
    const creating = options.name === undefined ? create() : repeatOnce(create);
    await delivering(creating, options, (response) => {
      const { grant_id, grant_token } = response;
      print(
        options.json ? messageJson(response) : `Grant ${grant_id}\n\nIts token, with which it can be retired:\n${grant_token}\n`,
      );
    });
  });
}

function createRequest(key: string, options: CreateOptions): CreateGrantRequest {
  const { operation, contextEquals, contextSubset, name = '', grantToken = [], dryRun = false } = options;
  const isConstrained = contextEquals !== undefined || contextSubset !== undefined;
  return {
    key_id: key,
    operations: operation.map((one) => operations[one]),
    ...(isConstrained && {
      constraints: { encryption_context_equals: { ...contextEquals }, encryption_context_subset: { ...contextSubset } },
    }),
    name,
    grant_tokens: [...grantToken],
    dry_run: dryRun,
  };
}

function withOperation(text: string, others: readonly Operation[] = []): readonly Operation[] {
  if (isOperation(text)) return [...others, text];
  throw new InvalidArgumentError(`Give one of ${Object.keys(operations).join(', ')}.`);
}

function isOperation(text: string): text is Operation {
  return Object.hasOwn(operations, text);
}

type Operation = keyof typeof operations;

const operations = {
  encrypt: 'GRANT_OPERATION_ENCRYPT',
  decrypt: 'GRANT_OPERATION_DECRYPT',
  're-encrypt-from': 'GRANT_OPERATION_RE_ENCRYPT_FROM',
  're-encrypt-to': 'GRANT_OPERATION_RE_ENCRYPT_TO',
  'generate-data-key': 'GRANT_OPERATION_GENERATE_DATA_KEY',
  'generate-data-key-without-plaintext': 'GRANT_OPERATION_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT',
  'describe-key': 'GRANT_OPERATION_DESCRIBE_KEY',
  'create-grant': 'GRANT_OPERATION_CREATE_GRANT',
  'retire-grant': 'GRANT_OPERATION_RETIRE_GRANT',
} as const;
