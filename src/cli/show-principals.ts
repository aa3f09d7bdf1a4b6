import type { Command } from 'commander';
import { limitOption } from './command-options.ts';
import type { GlobalOptions, LimitOptions } from './command-options.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { takesPrincipal } from './principal-name.ts';
import { principalDetails, principalTable } from './principal-text.ts';
import { allPages, withServer } from './server-call.ts';

type ListOptions = LimitOptions & { readonly group?: string };

export function addShowPrincipals(principals: Command): void {
  const list = principals
    .command('list')
    .summary('list principals')
    .description(
      'Lists all principals, or the members of a group, in the order of their paths. ' +
        'The owners of Unix sockets, who are built in, are not among them.',
    )
    .option('--group <group>', 'only members of this group')
    .addOption(limitOption())
    .action((_: unknown, command: Command) => listPrincipals(command.optsWithGlobals()));
  withHelp(list, ['latchkey principals list --group ci', "latchkey principals list --json | jq -r '.principals[].path'"]);

  const describe = takesPrincipal(principals.command('describe'))
    .summary('show a principal')
    .description('Shows a principal, its groups and the names of its policies.')
    .action((principal: string, _: unknown, command: Command) => describePrincipal(principal, command.optsWithGlobals()));
  withHelp(describe, ['latchkey principals describe alice', 'latchkey principals describe user/cert/db.example.org']);
}

async function listPrincipals(options: ListOptions): Promise<void> {
  const { group } = options;
  await withServer(options, async (latchkey) => {
    const { items: principals, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.access.listPrincipals({ group_name: group ?? '', ...page });
      return { items: response.principals, next_page_token: response.next_page_token };
    });
    const nobody = 'There are no principals. Make one: latchkey principals create <name>\n';
    const none =
      group === undefined ? nobody : `Nobody is a member of ${group}; latchkey groups list shows the groups there are.\n`;
    const text = principals.length === 0 ? none : principalTable(principals);
    print(options.json ? messageJson({ principals }) : text);
    noteMore(more, options);
  });
}

async function describePrincipal(principal: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.describePrincipal({ principal });
    print(options.json ? messageJson(response) : principalDetails(response.principal));
  });
}
