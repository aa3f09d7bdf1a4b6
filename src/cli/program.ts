import { Command } from 'commander';
import { addAliases } from './aliases.ts';
import { globalOptions } from './command-options.ts';
import { addDecrypt } from './decrypt.ts';
import { addEncrypt } from './encrypt.ts';
import { addGenerateDataKey } from './generate-data-key.ts';
import { addGrants } from './grants.ts';
import { addGroups } from './groups.ts';
import { withHelp } from './help.ts';
import { addInspect } from './inspect.ts';
import { addKeys } from './keys.ts';
import { addPolicies } from './policies.ts';
import { addPrincipals } from './principals.ts';
import { addRandom } from './random.ts';
import { addReEncrypt } from './re-encrypt.ts';
import { addServerInfo } from './server-info.ts';
import { addTags } from './tags.ts';
import { addVersion, version } from './version.ts';
import { addWhoAmI } from './who-am-i.ts';

/** The whole command line. It throws instead of ending the process, and leaves the printing of errors to its caller. */
export function latchkeyProgram(): Command {
  const program = new Command('latchkey')
    .description('The command line of Latchkey, a self-hosted key management service.')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true, helpWidth: 80, subcommandTerm: (command) => command.name() })
    .version(version(), '-V, --version', 'print the version');
  for (const option of globalOptions()) program.addOption(option);
  withHelp(program, [
    'latchkey keys create --alias alias/payments',
    'printf %s "$SECRET" | latchkey encrypt --key alias/payments > secret.txt',
    'latchkey decrypt < secret.txt',
  ]);

  program.commandsGroup('Keys:');
  addKeys(program);
  addAliases(program);
  addTags(program);
  addGrants(program);

  program.commandsGroup('Who may do what:');
  addPrincipals(program);
  addGroups(program);
  addPolicies(program);
  addWhoAmI(program);

  program.commandsGroup('Cryptography:');
  addEncrypt(program);
  addDecrypt(program);
  addReEncrypt(program);
  addGenerateDataKey(program);
  addRandom(program);

  program.commandsGroup('Facts:');
  addInspect(program);
  addServerInfo(program);
  addVersion(program);
  program.addHelpCommand(new Command('help').argument('[command]').description('show the help of a command').helpGroup('Facts:'));
  return program;
}
