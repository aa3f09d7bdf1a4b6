import { Option } from 'commander';
import type { Command } from 'commander';
import { wholeNumber } from './command-options.ts';
import { withHelp } from './help.ts';
import { deliverPayload, outputOption, rawOption, refuseRawJson } from './payload.ts';
import type { PayloadOptions } from './payload.ts';
import { withServer } from './server-call.ts';

type RandomOptions = PayloadOptions & { readonly bytes: number };

export function addRandom(program: Command): void {
  const generation = program
    .command('random')
    .summary('print random bytes')
    .description("Prints random bytes from the server's generator.")
    .addOption(new Option('-b, --bytes <count>', 'how many, 1 to 1024').default(32).argParser(wholeNumber(1, 1024)))
    .addOption(outputOption())
    .addOption(rawOption())
    .action((_: unknown, command: Command) => random(command.optsWithGlobals()));
  withHelp(generation, ['latchkey random --bytes 16', 'latchkey random --raw --out seed.bin']);
}

async function random(options: RandomOptions): Promise<void> {
  refuseRawJson(options);
  await withServer(options, async (latchkey) => {
    const response = await latchkey.crypto.generateRandom({ number_of_bytes: options.bytes });
    deliverPayload(response, response.plaintext, options);
  });
}
