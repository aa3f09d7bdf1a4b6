import type { Command } from 'commander';
import { limitOption, namedKey, takesKey } from './command-options.ts';
import type { LimitOptions } from './command-options.ts';
import { grantDetails, grantTable } from './grant-text.ts';
import { exampleKey, withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { principalArn, principalArnForm } from './principal-arn.ts';
import { allPages, withServer } from './server-call.ts';

type ListOptions = LimitOptions & { readonly grant?: string; readonly grantee?: string };

export function addListGrants(grants: Command): void {
  const list = takesKey(grants.command('list'))
    .summary("list a key's grants")
    .description("Lists a key's grants, all or those that the filters leave, in the order of their ids.")
    .option('--grant <id>', 'only this one, with all that is known of it')
    .option('--grantee <principal>', `only those to this one: ${principalArnForm}`)
    .addOption(limitOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      listGrants(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(list, [`latchkey grants list ${exampleKey}`, `latchkey grants list ${exampleKey} --json | jq .grants`]);

  const retirable = grants
    .command('list-retirable')
    .summary('list what a principal may retire')
    .description('Lists the grants of all keys that a principal may retire, because they name it as their retiring principal.')
    .usage('<principal> [options]')
    .argument('<principal>', `yourself, or somebody else if you may ask that: ${principalArnForm}`)
    .addOption(limitOption())
    .action((principal: string, _: unknown, command: Command) => listRetirable(principal, command.optsWithGlobals()));
  withHelp(retirable, ['latchkey grants list-retirable reports']);
}

async function listGrants(key: string, options: ListOptions): Promise<void> {
  const { grant = '', grantee = '' } = options;
  await withServer(options, async (latchkey) => {
    const filters = { key_id: key, grant_id: grant, grantee_principal: await principalArn(grantee, latchkey) };
    const { items: grants, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listGrants({ ...filters, ...page });
      return { items: response.grants, next_page_token: response.next_page_token };
    });
    const [first] = grants;
    const none = grant !== '' || grantee !== '' ? 'No grant is like this.\n' : `Key ${key} has no grants.\n`;
    const text = grant === '' ? grantTable(grants) : first && grantDetails(first);
    print(options.json ? messageJson({ grants }) : first === undefined ? none : (text ?? none));
    noteMore(more, options);
  });
}

async function listRetirable(principal: string, options: LimitOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const retiring_principal = await principalArn(principal, latchkey);
    const { items: grants, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.keys.listRetirableGrants({ retiring_principal, ...page });
      return { items: response.grants, next_page_token: response.next_page_token };
    });
    const text = grants.length === 0 ? 'There are no grants that it may retire.\n' : grants.map(grantDetails).join('\n');
    print(options.json ? messageJson({ grants }) : text);
    noteMore(more, options);
  });
}
