import type { Command } from 'commander';
import type { GlobalOptions } from './command-options.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withServer } from './server-call.ts';
import { details } from './text.ts';

export function addWhoAmI(program: Command): void {
  const whoAmI = program
    .command('whoami')
    .summary('say who the server takes you for')
    .description('Says who the server takes you for. Needs no permission.')
    .action((_: unknown, command: Command) => showCaller(command.optsWithGlobals()));
  withHelp(whoAmI, ['latchkey whoami']);
}

async function showCaller(options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.getCallerIdentity({});
    const { arn, principal_id, account } = response;
    const facts = [['ARN', arn] as const, ['Id', principal_id] as const, ['Account', account] as const];
    print(options.json ? messageJson(response) : details(facts));
  });
}
