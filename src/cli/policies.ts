import type { Command } from 'commander';
import type { GlobalOptions } from './command-options.ts';
import { addExplain } from './explain-decision.ts';
import { UsageError } from './failure.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';
import { table } from './table.ts';

export function addPolicies(program: Command): void {
  const policies = program
    .command('policies')
    .summary('see what policies say')
    .description('Shows the ready policies, and why a call is allowed or denied.');
  withHelp(policies, ['latchkey policies ready', 'latchkey policies explain --principal alice --action kms:Decrypt -k alias/pay']);
  addReady(policies);
  addExplain(policies);
}

function addReady(policies: Command): void {
  const ready = policies
    .command('ready')
    .summary('show the policies that come with the service')
    .description('Lists the policies that come with the service, to be attached to principals and groups; or shows one.')
    .usage('[policy] [options]')
    .argument('[policy]', 'its name')
    .action((name: string | undefined, _: unknown, command: Command) => showReady(name, command.optsWithGlobals()));
  withHelp(ready, ['latchkey policies ready', 'latchkey policies ready key-user > my-policy.json']);
}

async function showReady(name: string | undefined, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { policies } = await latchkey.access.listReadyPolicies({});
    if (name === undefined) {
      const rows = policies.map(({ policy_name, description }) => [policy_name, description]);
      print(options.json ? messageJson({ policies }) : table(['POLICY', 'FOR'], rows));
      return;
    }
    const found = policies.find(({ policy_name }) => policy_name === name);
    if (found === undefined)
      throw new UsageError(
        `There is no ready policy ${name}; there are ${policies.map(({ policy_name }) => policy_name).join(', ')}.`,
      );
    print(options.json ? messageJson(found) : `${found.policy}\n`);
  });
}
