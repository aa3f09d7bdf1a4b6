import type { Command } from 'commander';
import { addChangeKeys } from './change-keys.ts';
import { addCreateKey } from './create-key.ts';
import { exampleKey, withHelp } from './help.ts';
import { addShowKeys } from './show-keys.ts';

export function addKeys(program: Command): void {
  const keys = program.command('keys').summary('make, show and change keys').description('Makes, shows and changes keys.');
  withHelp(keys, [
    'latchkey keys create --description Payments --alias alias/payments',
    'latchkey keys list',
    `latchkey keys rotate ${exampleKey}`,
  ]);
  addCreateKey(keys);
  addShowKeys(keys);
  addChangeKeys(keys);
}
