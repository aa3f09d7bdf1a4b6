import type { Command } from 'commander';
import { addChangeKeys } from './change-keys.ts';
import { addCompromisedMaterial } from './compromised-material.ts';
import { addCreateKey } from './create-key.ts';
import { addDeleteKeyMaterial } from './delete-key-material.ts';
import { addDeleteKey } from './delete-key.ts';
import { addDescribeKey } from './describe-key.ts';
import { exampleKey, withHelp } from './help.ts';
import { addImportKeyMaterial } from './import-key-material.ts';
import { addImportWrappedMaterial } from './import-wrapped-material.ts';
import { addKeyPolicy } from './key-policy.ts';
import { addLastUsage } from './last-usage.ts';
import { addListKeyVersions } from './list-key-versions.ts';
import { addListKeys } from './list-keys.ts';
import { addProtectKey } from './protect-key.ts';
import { addRotationSchedule } from './rotation-schedule.ts';

export function addKeys(program: Command): void {
  const keys = program.command('keys').summary('make, show and change keys').description('Makes, shows and changes keys.');
  withHelp(keys, [
    'latchkey keys create --description Payments --alias alias/payments',
    'latchkey keys list',
    `latchkey keys rotate ${exampleKey}`,
  ]);

  keys.commandsGroup('Make and show:');
  addCreateKey(keys);
  addDescribeKey(keys);
  addListKeys(keys);
  addListKeyVersions(keys);
  addLastUsage(keys);

  keys.commandsGroup('Change:');
  addChangeKeys(keys);

  keys.commandsGroup('Say who may:');
  addKeyPolicy(keys);

  keys.commandsGroup('Rotate by schedule:');
  addRotationSchedule(keys);

  keys.commandsGroup('Import material:');
  addImportKeyMaterial(keys);
  addImportWrappedMaterial(keys);
  addDeleteKeyMaterial(keys);

  keys.commandsGroup('Delete, and keep from being deleted:');
  addDeleteKey(keys);
  addProtectKey(keys);

  keys.commandsGroup('After a leak:');
  addCompromisedMaterial(keys);
}
