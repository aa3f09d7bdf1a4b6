import { Option } from 'commander';
import type { Command } from 'commander';
import type { ExplainDecisionResponse__Output } from '../generated/latchkey/v1/ExplainDecisionResponse.ts';
import type { ExplainedStatement__Output } from '../generated/latchkey/v1/ExplainedStatement.ts';
import { contextOption, keyOption } from './command-options.ts';
import type { ContextOptions, GlobalOptions } from './command-options.ts';
import { type EncryptionContext, withPair } from './encryption-context.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { accountArn } from './principal-arn.ts';
import { principalOption } from './principal-name.ts';
import { withServer } from './server-call.ts';
import { table } from './table.ts';
import { visible } from './text.ts';

interface ExplainOptions extends GlobalOptions, ContextOptions {
  readonly principal: string;
  readonly action: string;
  readonly key?: string;
  readonly resource?: string;
  readonly value?: EncryptionContext;
}

export function addExplain(policies: Command): void {
  const explain = policies
    .command('explain')
    .summary('say why a call is allowed or denied')
    .description('Says how a call would be decided, and which statement or grant decides, without making it.')
    .usage('--principal <who> --action <action> [options]')
    .addOption(principalOption('required: who calls'))
    .requiredOption('--action <action>', 'required: what it does, such as kms:Decrypt')
    .addOption(keyOption('with which key: key id, key ARN, alias/<name> or alias ARN'))
    .option('--resource <resource>', 'of what is about no key: ARN, or path of a principal (user/token/bob) or group (group/ci)')
    .addOption(contextOption())
    .addOption(
      new Option('--value <name=value>', 'a condition key of the call, such as aws:SourceIp=10.0.0.1; repeat for more').argParser(
        withPair,
      ),
    )
    .action((_: unknown, command: Command) => explainDecision(command.optsWithGlobals()));
  withHelp(explain, [
    'latchkey policies explain --principal alice --action kms:Decrypt \\\n      -k alias/payments -c tenant=a --value aws:SourceIp=10.0.0.1',
    'latchkey policies explain --principal alice --action kms:CreateKey',
    'latchkey policies explain --principal alice \\\n      --action latchkey:DescribePrincipal --resource user/token/bob',
  ]);
}

async function explainDecision(options: ExplainOptions): Promise<void> {
  const { principal, action, key = '', resource = '', context = {}, value = {} } = options;
  const call = { principal, action, key_id: key, encryption_context: context, condition_values: value };
  await withServer(options, async (latchkey) => {
    const request = { ...call, resource: await accountArn(resource, latchkey) };
    const response = await latchkey.access.explainDecision(request);
    print(options.json ? messageJson(response) : explanation(response, principal));
  });
}

/** Whether the principal is let in at all, what decided, then every statement, those that apply first of all marked. */
function explanation(response: ExplainDecisionResponse__Output, principal: string): string {
  const { decided_by, statements, grant_ids, condition_keys_read, not_let_in } = response;
  const rows = statements.map((statement) => [statement.applies ? 'yes' : 'no', statement.effect, statementText(statement)]);
  return [
    not_let_in.length === 0 ? `${visible(decided_by)}\n` : lockedOut(response, principal),
    ...(rows.length === 0 ? [] : [table(['APPLIES', 'EFFECT', 'STATEMENT'], rows)]),
    ...(grant_ids.length === 0 ? [] : [`Grants that allow it:\n${grant_ids.map((grantId) => `  ${grantId}\n`).join('')}`]),
    ...(condition_keys_read.length === 0 ? [] : [`It depends on ${condition_keys_read.map(visible).join(', ')}.\n`]),
  ].join('\n');
}

/** What policies say does not count before somebody lets the principal in again. */
function lockedOut({ not_let_in, decided_by }: ExplainDecisionResponse__Output, principal: string): string {
  const reasons = not_let_in.map((reason) => `Not let in: ${reasonText(reason, visible(principal))}\n`);
  return `${reasons.join('')}By policies and grants alone: ${visible(decided_by)}\n`;
}

function reasonText(reason: string, principal: string): string {
  if (reason === 'NOT_LET_IN_DISABLED') return `it is disabled. Let it in again: latchkey principals enable ${principal}`;
  if (reason === 'NOT_LET_IN_DENIED') return 'the deny-list of the server (identities.certificates.deny_list) has it.';
  return visible(reason);
}

function statementText({ policy, index, sid, reason }: ExplainedStatement__Output): string {
  const named = sid === '' ? '' : ` ${JSON.stringify(sid)}`;
  return visible(`${index}${named} of ${policy}${reason === '' ? '' : `: ${reason}`}`);
}
