import type { Command } from 'commander';
import type { Latchkey } from '../client/connect.ts';
import { LatchkeyError } from '../client/latchkey-error.ts';
import type { CreatePrincipalRequest } from '../generated/latchkey/v1/CreatePrincipalRequest.ts';
import type { CreatePrincipalResponse__Output } from '../generated/latchkey/v1/CreatePrincipalResponse.ts';
import { type TokenOptions, lifetimeOption, tokenFileOption } from './access-token-options.ts';
import type { GlobalOptions } from './command-options.ts';
import { tagOption } from './command-options.ts';
import { deliveringToken } from './deliver-token.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { UsageError } from './failure.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { withValue } from './principal-name.ts';
import { principalDetails } from './principal-text.ts';
import { withServer } from './server-call.ts';
import { tagsOf } from './tag-text.ts';

interface CreateOptions extends GlobalOptions, TokenOptions {
  readonly tag?: EncryptionContext;
  readonly ready?: readonly string[];
  readonly group?: readonly string[];
  readonly subject?: string;
  /** False with --no-token. */
  readonly token: boolean;
}

export function addCreatePrincipal(principals: Command): void {
  const create = principals
    .command('create')
    .summary('make a principal')
    .description(
      'Makes a principal with an access token; or, with --subject, one that authenticates with a certificate or through an issuer.',
    )
    .usage('<name> [options]')
    .argument('[name]', '1 to 64 of letters, digits and +=,.@_-; never used again')
    .addOption(tagOption('also label it'))
    .option('--ready <policy>', 'give it a ready policy, such as key-user; repeat for more', withValue)
    .option('--group <group>', 'make it a member; repeat for more', withValue)
    .option('--subject <subject>', 'uri:spiffe://…, dns:<name>, email:<address>, or "oidc:<issuer> <sub>"')
    .option('--no-token', 'without an access token')
    .addOption(lifetimeOption())
    .addOption(tokenFileOption())
    .action((name: string | undefined, _: unknown, command: Command) => createPrincipal(name, command.optsWithGlobals()));
  withHelp(create, [
    'latchkey principals create alice --ready key-user --out alice.token',
    'latchkey principals create build --group ci --expires-in 12h',
    'latchkey principals create --subject dns:db.example.org --ready decrypt-only',
  ]);
}

async function createPrincipal(name: string | undefined, options: CreateOptions): Promise<void> {
  const request = createRequest(name, options);
  await withServer(options, async (latchkey) => {
    if (options.subject !== undefined || !options.token) {
      const made = await latchkey.access.createPrincipal(request);
      print(options.json ? messageJson(made) : principalDetails(made.principal));
      return;
    }
    await deliveringToken(options, latchkey, async (deliver) => {
      const made = await latchkey.access.createPrincipal(request);
      const created = await tokenFor(made, options, latchkey);
      const { text, message } = await deliver(made.principal?.path ?? '', created);
      print(options.json ? messageJson({ ...made, ...message }) : `${principalDetails(made.principal)}\n${text}`);
    });
  });
}

function createRequest(
  name: string | undefined,
  { tag, ready = [], group = [], subject, expiresIn, out }: CreateOptions,
): CreatePrincipalRequest {
  if (subject === undefined && name === undefined) throw new UsageError('Name the principal, or say who it is with --subject.');
  if (subject !== undefined && (expiresIn !== undefined || out !== undefined))
    throw new UsageError('--expires-in and --out are about an access token, and a principal with --subject has none.');
  return {
    name: name ?? '',
    ...(subject === undefined ? {} : { subject, source: sourceOf(subject) }),
    tags: tagsOf(tag),
    ready_policy_names: [...ready],
    group_names: [...group],
  };
}

/** The principal is there, whatever becomes of its token. */
async function tokenFor({ principal }: CreatePrincipalResponse__Output, { expiresIn = 0 }: CreateOptions, latchkey: Latchkey) {
  const path = principal?.path ?? '';
  try {
    return await latchkey.access.createAccessToken({ principal: path, lifetime_seconds: expiresIn });
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    const { reason, code, fieldViolations } = error;
    const message = `${path} was made, but no access token for it: ${error.message} Make one with latchkey principals tokens create ${path}.`;
    throw new LatchkeyError(message, { reason, code, fieldViolations, cause: error });
  }
}

function sourceOf(subject: string) {
  return subject.startsWith('oidc:') ? 'PRINCIPAL_SOURCE_OIDC' : 'PRINCIPAL_SOURCE_CERTIFICATE';
}
