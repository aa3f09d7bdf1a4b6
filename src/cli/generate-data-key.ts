import { Option } from 'commander';
import type { Command } from 'commander';
import { type AccessOptions, accessFields, accessOptions } from './access-options.ts';
import { delivering } from './dry-run.ts';
import { contextOption, requiredKeyOption, wholeNumber } from './command-options.ts';
import type { ContextOptions, GlobalOptions } from './command-options.ts';
import { UsageError } from './failure.ts';
import { withHelp } from './help.ts';
import { messageJson } from './message-json.ts';
import { print, writeFiles } from './output.ts';
import { rawOption } from './payload.ts';
import { withServer } from './server-call.ts';
import { details } from './text.ts';

type DataKeyOptions = GlobalOptions &
  ContextOptions &
  AccessOptions & {
    readonly key: string;
    readonly spec?: 'AES_256' | 'AES_128';
    readonly bytes?: number;
    readonly plaintext: boolean;
    readonly plaintextOut?: string;
    readonly ciphertextOut?: string;
    readonly raw?: boolean;
  };

export function addGenerateDataKey(program: Command): void {
  const generation = program
    .command('generate-data-key')
    .summary('make a key for encrypting elsewhere')
    .description(
      'Makes a data key: random bytes to encrypt with elsewhere, in plain and encrypted under a key. ' +
        'Keep the encrypted one beside the data; latchkey decrypt opens it.',
    )
    .usage('--key <key> [options]')
    .addOption(requiredKeyOption())
    .addOption(contextOption())
    .addOption(
      new Option('--spec <spec>', 'kind of data key (default: AES_256)').choices(['AES_256', 'AES_128']).conflicts('bytes'),
    )
    .addOption(new Option('-b, --bytes <count>', 'its length instead of a kind, 1 to 1024').argParser(wholeNumber(1, 1024)))
    .option('--no-plaintext', 'only the encrypted data key; the server does not send the other')
    .option('--plaintext-out <file>', 'write the data key to a file, mode 0600, and do not show it')
    .option('--ciphertext-out <file>', 'write the encrypted data key to a file and do not show it')
    .addOption(rawOption('write bytes to the files, not base64'))
    .action((_: unknown, command: Command) => generateDataKey(command.optsWithGlobals()));
  for (const option of accessOptions()) generation.addOption(option);
  withHelp(generation, [
    'latchkey generate-data-key --key alias/payments --json',
    'latchkey generate-data-key --key alias/payments --raw \\\n      --plaintext-out data.key --ciphertext-out data.key.lk',
  ]);
}

async function generateDataKey(options: DataKeyOptions): Promise<void> {
  refuseContradictions(options);
  const { key, context = {}, bytes, spec = 'AES_256' } = options;
  const length = bytes === undefined ? ({ key_spec: `DATA_KEY_SPEC_${spec}` } as const) : { number_of_bytes: bytes };
  const request = { key_id: key, encryption_context: context, ...length, ...accessFields(options) };
  await withServer(options, async (latchkey) => {
    const call: Promise<DataKey> = options.plaintext
      ? latchkey.crypto.generateDataKey(request)
      : latchkey.crypto.generateDataKeyWithoutPlaintext(request);
    await delivering(call, options, (response) => {
      writeFiles(filesOf(response, options));
      print(options.json ? messageJson(withoutFiles(response, options)) : dataKeyDetails(response, options));
    });
  });
}

interface DataKey {
  readonly key_arn: string;
  readonly key_material_id: string;
  readonly ciphertext_blob: Buffer;
  readonly plaintext?: Buffer;
}

function refuseContradictions({ plaintext, plaintextOut, ciphertextOut, raw = false }: DataKeyOptions): void {
  if (!plaintext && plaintextOut !== undefined) throw new UsageError('--no-plaintext leaves nothing for --plaintext-out.');
  if (raw && plaintextOut === undefined && ciphertextOut === undefined) {
    throw new UsageError('--raw is about files: name them with --plaintext-out or --ciphertext-out.');
  }
}

function filesOf({ plaintext, ciphertext_blob }: DataKey, options: DataKeyOptions): { path: string; content: string | Buffer }[] {
  const encoded = (bytes: Buffer): string | Buffer => (options.raw ? bytes : `${bytes.toString('base64')}\n`);
  const files = [];
  if (options.plaintextOut !== undefined && plaintext !== undefined)
    files.push({ path: options.plaintextOut, content: encoded(plaintext) });
  if (options.ciphertextOut !== undefined) files.push({ path: options.ciphertextOut, content: encoded(ciphertext_blob) });
  return files;
}

/** The message without the fields that went to files, which is why they went there. */
function withoutFiles(response: DataKey, { plaintextOut, ciphertextOut }: DataKeyOptions): object {
  const left = Object.entries(response).filter(
    ([field]) =>
      !(plaintextOut !== undefined && field === 'plaintext') && !(ciphertextOut !== undefined && field === 'ciphertext_blob'),
  );
  return Object.fromEntries(left);
}

function dataKeyDetails({ key_arn, key_material_id, plaintext, ciphertext_blob }: DataKey, options: DataKeyOptions): string {
  const plain = options.plaintextOut ?? plaintext?.toString('base64');
  return details([
    ['Key', key_arn],
    ['Backing key', key_material_id],
    ...(plain === undefined ? [] : [['Data key', plain] as const]),
    ['Encrypted', options.ciphertextOut ?? ciphertext_blob.toString('base64')],
  ]);
}
