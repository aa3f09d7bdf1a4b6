import type { Command } from 'commander';
import { addCreateGrant } from './create-grant.ts';
import { addEndGrant } from './end-grant.ts';
import { exampleGrant, exampleKey, withHelp } from './help.ts';
import { addListGrants } from './list-grants.ts';

export function addGrants(program: Command): void {
  const grants = program
    .command('grants')
    .summary('let others use keys, for a time')
    .description('Lets principals use keys until that is taken back, without changing any policy.');
  withHelp(grants, [
    `latchkey grants create ${exampleKey} \\\n    --grantee reports --operation decrypt`,
    `latchkey grants list ${exampleKey}`,
    `latchkey grants revoke ${exampleKey} \\\n    --grant ${exampleGrant}`,
  ]);
  addCreateGrant(grants);
  addListGrants(grants);
  addEndGrant(grants);
}
