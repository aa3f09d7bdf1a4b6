import type { Command } from 'commander';
import type { Latchkey } from '../client/connect.ts';
import { namedKey, takesKey, yesOption } from './command-options.ts';
import type { GlobalOptions, YesOptions } from './command-options.ts';
import { confirmByKeyId, refuseWithoutTerminal } from './confirmation.ts';
import { exampleKey, withHelp } from './help.ts';
import { keyAtStake, refuseAlias } from './key-at-stake.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { type PolicyFileOptions, noteWarnings, policyFileOptions, readPolicy } from './policy-file.ts';
import { withServer } from './server-call.ts';

type PutOptions = YesOptions & PolicyFileOptions & { readonly bypassPolicyLockoutSafetyCheck?: boolean };

export function addKeyPolicy(keys: Command): void {
  const policy = keys
    .command('policy')
    .summary('show and change who may use a key')
    .description("Shows and replaces a key's policy: JSON in AWS's grammar, which says who may do what with the key.");
  withHelp(policy, [
    `latchkey keys policy get ${exampleKey} > policy.json`,
    `latchkey keys policy put ${exampleKey} -f policy.json`,
  ]);

  const get = takesKey(policy.command('get'))
    .summary("show a key's policy")
    .description("Prints a key's policy as it was put, or the default one, which leaves it to identity policies.")
    .action((key: string | undefined, _: unknown, command: Command) =>
      getPolicy(namedKey(key, command), command.optsWithGlobals()),
    );
  withHelp(get, [`latchkey keys policy get ${exampleKey}`]);

  const put = takesKey(policy.command('put'))
    .summary("replace a key's policy")
    .description(
      "Replaces a key's policy by what is in a file or comes on stdin. Refused when you could not replace it again afterwards.",
    )
    .option('--bypass-policy-lockout-safety-check', 'take it even so; asks first, since a key may be lost')
    .addOption(yesOption())
    .action((key: string | undefined, _: unknown, command: Command) =>
      putPolicy(namedKey(key, command), command.optsWithGlobals()),
    );
  for (const option of policyFileOptions()) put.addOption(option);
  withHelp(put, [`latchkey keys policy put ${exampleKey} -f policy.json`]);
}

async function getPolicy(key: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.keys.getKeyPolicy({ key_id: key });
    const { policy } = response;
    // To the byte, so that it can be put again; a terminal wants the end of a line.
    print(options.json ? messageJson(response) : `${policy}${policy.endsWith('\n') ? '' : '\n'}`);
  });
}

async function putPolicy(key: string, options: PutOptions): Promise<void> {
  const { file, in: input = file, bypassPolicyLockoutSafetyCheck: bypass = false, yes = false } = options;
  const asks = bypass && !yes;
  if (bypass) refuseAlias(key);
  if (asks) refuseWithoutTerminal('Bypassing the safety check');
  const policy = await readPolicy(input);
  await withServer(options, async (latchkey) => {
    if (asks) await confirmBypass(latchkey, key);
    const request = { key_id: key, policy, bypass_policy_lockout_safety_check: bypass };
    const response = await latchkey.keys.putKeyPolicy(request);
    noteWarnings(response.warnings, options);
    print(options.json ? messageJson(response) : `Key ${key} has this policy now.\n`);
  });
}

async function confirmBypass(latchkey: Pick<Latchkey, 'keys'>, key: string): Promise<void> {
  const { keyId, text } = await keyAtStake(latchkey, key);
  const risk =
    'Whoever the policy does not name can do nothing with it from now on.\nWhen it names nobody, only root can put another.';
  await confirmByKeyId(keyId, `To get a policy that you may not be able to replace:\n\n${text}\n${risk}\n`);
}
