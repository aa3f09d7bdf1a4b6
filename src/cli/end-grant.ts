import type { Command } from 'commander';
import type { RetireGrantRequest } from '../generated/latchkey/v1/RetireGrantRequest.ts';
import { namedKey, takesKey } from './command-options.ts';
import { type DryRunOptions, delivering, dryRunOption } from './dry-run.ts';
import { UsageError } from './failure.ts';
import { exampleGrant, exampleKey, withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';

type RetireOptions = DryRunOptions & { readonly grant?: string; readonly grantToken?: string };
type RevokeOptions = DryRunOptions & { readonly grant: string };

/** The commands about the end of a grant. */
export function addEndGrant(grants: Command): void {
  const retire = takesKey(grants.command('retire'))
    .summary('end a grant that you do not need any more')
    .description(
      'Ends a grant: for its retiring principal, its grantee if it says retire-grant, and who may retire any. ' +
        'Name it by its token, or by its key and its id.',
    )
    .usage('[key] [options]')
    .option('--grant <id>', 'which, with its key')
    .option('--grant-token <token>', 'which, alone')
    .addOption(dryRunOption())
    .action((key: string | undefined, _: unknown, command: Command) => retireGrant(key, command));
  withHelp(retire, [
    `latchkey grants retire ${exampleKey} \\\n    --grant ${exampleGrant}`,
    'latchkey grants retire --grant-token "$GRANT_TOKEN"',
  ]);

  const revoke = takesKey(grants.command('revoke'))
    .summary('take a grant back')
    .description('Ends a grant at once, for those who manage the key. Grants that its grantee created by it stay.')
    .requiredOption('--grant <id>', 'required: which')
    .addOption(dryRunOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      revokeGrant(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(revoke, [`latchkey grants revoke ${exampleKey} \\\n    --grant ${exampleGrant}`]);
}

async function retireGrant(key: string | undefined, command: Command): Promise<void> {
  const options: RetireOptions = command.optsWithGlobals();
  const request = { ...grantToRetire(key, command, options), dry_run: options.dryRun ?? false };
  await withServer(options, async (latchkey) => {
    await delivering(latchkey.keys.retireGrant(request), options, (response) =>
      print(options.json ? messageJson(response) : 'The grant is retired.\n'),
    );
  });
}

function grantToRetire(key: string | undefined, command: Command, { grant, grantToken }: RetireOptions): RetireGrantRequest {
  if (grantToken === undefined) {
    if (grant === undefined) throw new UsageError('Name the grant: --grant-token <token>, or its key and --grant <id>.');
    return { key_id: namedKey(key, command), grant_id: grant };
  }
  if (grant !== undefined || key !== undefined || command.opts<{ key?: string }>().key !== undefined)
    throw new UsageError('The grant is named twice: --grant-token is enough.');
  return { grant_token: grantToken };
}

async function revokeGrant(key: string, options: RevokeOptions): Promise<void> {
  const request = { key_id: key, grant_id: options.grant, dry_run: options.dryRun ?? false };
  await withServer(options, async (latchkey) => {
    await delivering(latchkey.keys.revokeGrant(request), options, (response) =>
      print(options.json ? messageJson(response) : `Grant ${options.grant} is revoked.\n`),
    );
  });
}
