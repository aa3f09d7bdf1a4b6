import type { Command } from 'commander';
import { type TokenOptions, lifetimeOption, tokenFileOption } from './access-token-options.ts';
import { limitOption } from './command-options.ts';
import type { GlobalOptions, LimitOptions } from './command-options.ts';
import { deliveringToken } from './deliver-token.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { takesPrincipal } from './principal-name.ts';
import { tokenTable } from './principal-text.ts';
import { allPages, withServer } from './server-call.ts';

type CreateOptions = GlobalOptions & TokenOptions & { readonly description: string };

export function addPrincipalTokens(principals: Command): void {
  const tokens = principals
    .command('tokens')
    .summary('what principals call with')
    .description('Makes, lists and revokes access tokens.');
  withHelp(tokens, ['latchkey principals tokens create alice --out alice.token', 'latchkey principals tokens list alice']);

  const create = takesPrincipal(tokens.command('create'))
    .summary('make another access token')
    .description('Makes an access token of a principal user/token/<name>, and shows it this once. Others stay good.')
    .option('-d, --description <text>', 'what it is for, at most 256 characters', '')
    .addOption(lifetimeOption())
    .addOption(tokenFileOption())
    .action((principal: string, _: unknown, command: Command) => createToken(principal, command.optsWithGlobals()));
  withHelp(create, ['latchkey principals tokens create alice -d laptop --expires-in 30d']);

  const list = takesPrincipal(tokens.command('list'))
    .summary('list access tokens')
    .description("Lists a principal's access tokens, without what is secret of them.")
    .addOption(limitOption())
    .action((principal: string, _: unknown, command: Command) => listTokens(principal, command.optsWithGlobals()));
  withHelp(list, ['latchkey principals tokens list alice']);

  const revoke = tokens
    .command('revoke')
    .summary('end an access token')
    .description('Ends an access token at once and for ever.')
    .usage('<token> [options]')
    .argument('<token>', 'its id, which list shows: the 16 characters after lk_')
    .action((token: string, _: unknown, command: Command) => revokeToken(token, command.optsWithGlobals()));
  withHelp(revoke, ['latchkey principals tokens revoke abcdefghijklmnop']);
}

async function createToken(principal: string, options: CreateOptions): Promise<void> {
  const request = { principal, lifetime_seconds: options.expiresIn ?? 0, description: options.description };
  await withServer(options, async (latchkey) => {
    await deliveringToken(options, latchkey, async (deliver) => {
      const { text, message } = await deliver(principal, await latchkey.access.createAccessToken(request));
      print(options.json ? messageJson(message) : text);
    });
  });
}

async function listTokens(principal: string, options: LimitOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { items: tokens, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.access.listAccessTokens({ principal, ...page });
      return { items: response.tokens, next_page_token: response.next_page_token };
    });
    const text = tokens.length === 0 ? noTokens(principal) : tokenTable(tokens, Date.now());
    print(options.json ? messageJson({ tokens }) : text);
    noteMore(more, options);
  });
}

/** An id does not say what its principal authenticates with. */
function noTokens(principal: string): string {
  const none = `${principal} has no access tokens.`;
  if (/(^|:)user\/token\//.test(principal)) return `${none} Make one: latchkey principals tokens create ${principal}\n`;
  return `${none} Only principals user/token/<name> can have some.\n`;
}

async function revokeToken(token: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.revokeAccessToken({ token_id: token });
    print(options.json ? messageJson(response) : `Access token ${token} is revoked.\n`);
  });
}
