import type { Command } from 'commander';
import { yesOption } from './command-options.ts';
import type { GlobalOptions, YesOptions } from './command-options.ts';
import { confirmByTyping, refuseWithoutTerminal } from './confirmation.ts';
import { withPair } from './encryption-context.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { principalForm, principalNamed, takesPrincipal } from './principal-name.ts';
import { principalDetails } from './principal-text.ts';
import { withServer } from './server-call.ts';
import { tagsOf } from './tag-text.ts';
import { count } from './text.ts';

/** The commands that change a principal. */
export function addChangePrincipals(principals: Command): void {
  const enable = takesPrincipal(principals.command('enable'))
    .summary('let a disabled principal in again')
    .description('Lets a disabled principal in again.')
    .action((principal: string, _: unknown, command: Command) => enablePrincipal(principal, command.optsWithGlobals()));
  withHelp(enable, ['latchkey principals enable alice']);

  const disable = takesPrincipal(principals.command('disable'))
    .summary('lock a principal out')
    .description('Locks a principal out at once, whatever it authenticates with, until it is enabled again.')
    .action((principal: string, _: unknown, command: Command) => disablePrincipal(principal, command.optsWithGlobals()));
  withHelp(disable, ['latchkey principals disable alice']);

  const remove = takesPrincipal(principals.command('delete'))
    .summary('delete a principal, for ever')
    .description('Deletes a principal with its access tokens and policies. Nobody is ever called so again. Asks first.')
    .addOption(yesOption())
    .action((principal: string, _: unknown, command: Command) => deletePrincipal(principal, command.optsWithGlobals()));
  withHelp(remove, ['latchkey principals delete alice', 'latchkey principals delete user/cert/db.example.org --yes']);
}

export function addTagPrincipals(principals: Command): void {
  const tag = principals
    .command('tag')
    .summary('label a principal')
    .description('Adds tags to a principal, and replaces the values of those that it has: aws:PrincipalTag/<tag> in policies.')
    .usage('<principal> <tag=value...> [options]')
    .argument('<principal>', principalForm, principalNamed)
    .argument('<tag=value...>', 'tags, such as team=payments; the first = ends the name', withPair)
    .action((principal: string, pairs: EncryptionContext, _: unknown, command: Command) =>
      tagPrincipal(principal, pairs, command.optsWithGlobals()),
    );
  withHelp(tag, ['latchkey principals tag alice team=payments']);

  const untag = principals
    .command('untag')
    .summary('take labels off a principal')
    .description('Removes tags from a principal, by their names. Those that it does not have are left alone.')
    .usage('<principal> <tag...> [options]')
    .argument('<principal>', principalForm, principalNamed)
    .argument('<tag...>', 'names of tags, without values')
    .action((principal: string, names: string[], _: unknown, command: Command) =>
      untagPrincipal(principal, names, command.optsWithGlobals()),
    );
  withHelp(untag, ['latchkey principals untag alice team']);
}

async function enablePrincipal(principal: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.enablePrincipal({ principal });
    print(options.json ? messageJson(response) : `${principal} is enabled.\n`);
  });
}

async function disablePrincipal(principal: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.disablePrincipal({ principal });
    print(options.json ? messageJson(response) : `${principal} is disabled: no call of it is let in until it is enabled again.\n`);
  });
}

async function deletePrincipal(principal: string, options: YesOptions): Promise<void> {
  if (!options.yes) refuseWithoutTerminal('Deleting a principal');
  await withServer(options, async (latchkey) => {
    if (!options.yes) {
      const { principal: found } = await latchkey.access.describePrincipal({ principal });
      const atStake = `To be deleted, with its access tokens:\n\n${principalDetails(found)}\nNobody is ever called so again.\n`;
      await confirmByTyping({ what: 'path', expected: found?.path ?? principal }, atStake);
    }
    const response = await latchkey.access.deletePrincipal({ principal });
    print(options.json ? messageJson(response) : `${principal} is deleted.\n`);
  });
}

async function tagPrincipal(principal: string, pairs: EncryptionContext, options: GlobalOptions): Promise<void> {
  const tags = tagsOf(pairs);
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.tagPrincipal({ principal, tags });
    print(options.json ? messageJson(response) : `${principal} has ${count(tags.length, 'tag')} more, or with new values.\n`);
  });
}

async function untagPrincipal(principal: string, names: readonly string[], options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.untagPrincipal({ principal, tag_keys: [...names] });
    print(
      options.json
        ? messageJson(response)
        : `${principal} no longer has ${names.map((name) => JSON.stringify(name)).join(', ')}.\n`,
    );
  });
}
