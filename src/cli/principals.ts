import type { Command } from 'commander';
import { addChangePrincipals, addTagPrincipals } from './change-principals.ts';
import { addCreatePrincipal } from './create-principal.ts';
import { withHelp } from './help.ts';
import { type HolderKind, addHolderPolicies } from './holder-policies.ts';
import { principalForm, principalNamed } from './principal-name.ts';
import { addPrincipalTokens } from './principal-tokens.ts';
import { addShowPrincipals } from './show-principals.ts';

export function addPrincipals(program: Command): void {
  const principals = program
    .command('principals')
    .summary('make, show and change who may call')
    .description(
      'Makes, shows and changes principals: who may call, and what they may do. A bare name alice means user/token/alice.',
    );
  withHelp(principals, [
    'latchkey principals create alice --ready key-user --out alice.token',
    'latchkey principals describe alice',
    'latchkey principals policies attach alice decrypt-only',
  ]);

  principals.commandsGroup('Make and show:');
  addCreatePrincipal(principals);
  addShowPrincipals(principals);

  principals.commandsGroup('Change:');
  addChangePrincipals(principals);
  addTagPrincipals(principals);

  principals.commandsGroup('What they have:');
  addPrincipalTokens(principals);
  addHolderPolicies(principals, ofPrincipal);
}

const ofPrincipal: HolderKind = {
  noun: 'principal',
  form: principalForm,
  example: 'alice',
  parse: principalNamed,
  calls: ({ access }) => ({
    put: (principal, policy_name, policy) => access.putPrincipalPolicy({ principal, policy_name, policy }),
    get: (principal, policy_name) => access.getPrincipalPolicy({ principal, policy_name }),
    remove: (principal, policy_name) => access.deletePrincipalPolicy({ principal, policy_name }),
    attach: (principal, policy_name) => access.attachPrincipalPolicy({ principal, policy_name }),
    detach: (principal, policy_name) => access.detachPrincipalPolicy({ principal, policy_name }),
    names: async (principal) => (await access.describePrincipal({ principal })).principal ?? noNames,
  }),
};
const noNames = { ready_policy_names: [], policy_names: [] };
