import type { Command } from 'commander';
import type { Latchkey } from '../client/connect.ts';
import type { PolicyWarning__Output } from '../generated/latchkey/v1/PolicyWarning.ts';
import type { GlobalOptions } from './command-options.ts';
import { withHelp } from './help.ts';
import { readInput } from './input.ts';
import { messageJson } from './message-json.ts';
import { deliver, print } from './output.ts';
import { outputOption } from './payload.ts';
import { type PolicyFileOptions, policyFileOptions } from './policy-file.ts';
import { policyFacts } from './principal-text.ts';
import { withServer } from './server-call.ts';
import { details } from './text.ts';

/** What identity policies belong to, and the calls about them. */
export interface HolderKind {
  /** `principal`; the commands are `latchkey principals policies …`. */
  readonly noun: string;
  readonly form: string;
  /** One for examples. */
  readonly example: string;
  readonly parse: (text: string) => string;
  readonly calls: (latchkey: Latchkey) => HolderCalls;
}

interface HolderCalls {
  readonly put: (holder: string, name: string, policy: string) => Promise<{ warnings: PolicyWarning__Output[] }>;
  readonly get: (holder: string, name: string) => Promise<{ policy: string }>;
  readonly remove: (holder: string, name: string) => Promise<object>;
  readonly attach: (holder: string, name: string) => Promise<object>;
  readonly detach: (holder: string, name: string) => Promise<object>;
  readonly names: (holder: string) => Promise<{ ready_policy_names: string[]; policy_names: string[] }>;
}

type Run = (holder: string, name: string, options: FileOptions) => Promise<void>;
type FileOptions = GlobalOptions & PolicyFileOptions & { readonly out?: string };

/** The commands about the identity policies of a principal or a group. */
export function addHolderPolicies(parent: Command, kind: HolderKind): void {
  const { noun, example } = kind;
  const policies = parent
    .command('policies')
    .summary(`what a ${noun} may do`)
    .description(`Gives a ${noun} policies, shows and removes them.`);
  const latchkey = `latchkey ${noun}s policies`;
  withHelp(policies, [`${latchkey} attach ${example} key-user`, `${latchkey} put ${example} payments --in payments.json`]);
  addOwn(policies, kind);

  const list = policies
    .command('list')
    .summary('list the names of its policies')
    .description(`Lists the names of the policies of a ${noun}: ready ones, and its own.`)
    .usage(`<${noun}> [options]`)
    .argument(`<${noun}>`, kind.form, kind.parse)
    .action((holder: string, _: unknown, command: Command) => listPolicies(kind, holder, command.optsWithGlobals()));
  withHelp(list, [`${latchkey} list ${example}`]);

  const attach = takesPolicy(policies.command('attach'), kind, 'of a ready policy; latchkey policies ready lists them')
    .summary('give it a ready policy')
    .description(`Gives a ${noun} a ready policy.`);
  running(attach, changing(kind, { call: 'attach', text: (holder, name) => `${holder} has the ready policy ${name}.` }));
  withHelp(attach, [`${latchkey} attach ${example} key-user`]);

  const detach = takesPolicy(policies.command('detach'), kind, 'of a ready policy')
    .summary('take a ready policy away')
    .description(`Takes a ready policy away from a ${noun}.`);
  running(detach, changing(kind, { call: 'detach', text: (holder, name) => `${holder} no longer has the ready policy ${name}.` }));
  withHelp(detach, [`${latchkey} detach ${example} key-user`]);
}

function addOwn(policies: Command, kind: HolderKind): void {
  const { noun, example } = kind;
  const latchkey = `latchkey ${noun}s policies`;
  const put = takesPolicy(policies.command('put'), kind, '1 to 128 of letters, digits and +=,.@_-')
    .summary('give it a policy of its own')
    .description(`Gives a ${noun} a policy of its own, or replaces the one of that name. Says what in it may surprise.`);
  for (const option of policyFileOptions()) put.addOption(option);
  running(put, (holder, name, options) => putPolicy(kind, { holder, name }, options));
  withHelp(put, [`${latchkey} put ${example} payments --in payments.json`]);

  const get = takesPolicy(policies.command('get'), kind)
    .summary('show a policy of its own')
    .description(`Shows a policy of a ${noun}, as it was put.`)
    .addOption(outputOption());
  running(get, (holder, name, options) => getPolicy(kind, { holder, name }, options));
  withHelp(get, [`${latchkey} get ${example} payments`]);

  const remove = takesPolicy(policies.command('delete'), kind)
    .summary('take a policy of its own away')
    .description(`Takes a policy of its own away from a ${noun}: what it allows and what it denies.`);
  running(remove, changing(kind, { call: 'remove', text: (holder, name) => `${holder} no longer has the policy ${name}.` }));
  withHelp(remove, [`${latchkey} delete ${example} payments`]);
}

function takesPolicy(command: Command, { noun, form, parse }: HolderKind, description = 'its name'): Command {
  return command.usage(`<${noun}> <policy> [options]`).argument(`<${noun}>`, form, parse).argument('<policy>', description);
}

function running(command: Command, run: Run): void {
  command.action((holder: string, name: string, _: unknown, from: Command) => run(holder, name, from.optsWithGlobals()));
}

function changing(
  kind: HolderKind,
  { call, text }: { readonly call: 'attach' | 'detach' | 'remove'; readonly text: (holder: string, name: string) => string },
): Run {
  return (holder, name, options) =>
    withServer(options, async (latchkey) => {
      const response = await kind.calls(latchkey)[call](holder, name);
      print(options.json ? messageJson(response) : `${text(holder, name)}\n`);
    });
}

interface NamedPolicy {
  readonly holder: string;
  readonly name: string;
}

async function putPolicy(kind: HolderKind, { holder, name }: NamedPolicy, options: FileOptions): Promise<void> {
  const policy = (await readInput(options.in ?? options.file)).toString();
  await withServer(options, async (latchkey) => {
    const response = await kind.calls(latchkey).put(holder, name, policy);
    const warnings = response.warnings.map(({ location, message }) => `Note: ${location} ${message}\n`).join('');
    print(options.json ? messageJson(response) : `${holder} has the policy ${name}.\n${warnings}`);
  });
}

async function getPolicy(kind: HolderKind, { holder, name }: NamedPolicy, options: FileOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await kind.calls(latchkey).get(holder, name);
    const { policy } = response;
    deliver(options.json ? messageJson(response) : `${policy}${policy.endsWith('\n') ? '' : '\n'}`, options.out);
  });
}

async function listPolicies(kind: HolderKind, holder: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { ready_policy_names, policy_names } = await kind.calls(latchkey).names(holder);
    const names = { ready_policy_names, policy_names };
    print(options.json ? messageJson(names) : details(policyFacts(names)));
  });
}
