import type { Command } from 'commander';
import { reEncryptObjectHeader } from '../client/re-encrypt-object-header.ts';
import { type AccessOptions, accessFields, accessOptions, grantTokens } from './access-options.ts';
import { delivering } from './dry-run.ts';
import { contextOption, requiredKeyOption } from './command-options.ts';
import type { ContextOptions } from './command-options.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { UsageError } from './failure.ts';
import { reEncryptingFields } from './field-calls.ts';
import { withHelp } from './help.ts';
import { type JsonlOptions, jsonlOptions, lineLayout, sendLines } from './jsonl.ts';
import type { LineLayout } from './line-values.ts';
import { fileOption, isAboutFile, sendFile } from './object-file.ts';
import type { ObjectFileOptions } from './object-file.ts';
import { deliverPayload, inputOption, outputOption, rawOption, readCiphertext, refuseRawJson } from './payload.ts';
import type { PayloadOptions } from './payload.ts';
import { withServer } from './server-call.ts';

type ReEncryptOptions = PayloadOptions &
  Partial<ObjectFileOptions> &
  JsonlOptions &
  ContextOptions &
  AccessOptions & {
    readonly skipIfCurrent?: boolean;
    readonly key: string;
    readonly sourceKey?: string;
    readonly sourceContext?: EncryptionContext;
    readonly destinationContext?: EncryptionContext;
  };

export function addReEncrypt(program: Command): void {
  const reEncryption = program
    .command('re-encrypt')
    .summary('move a ciphertext to another key, context or backing key')
    .description(
      'Decrypts a ciphertext, base64 or bytes, and encrypts it again under another key, another context or the current backing key. ' +
        'The plaintext does not leave the server. With --file it does that to the data key of what encrypt --file made, and copies the rest, ' +
        'which only decrypt verifies.',
    )
    .usage('--key <key> [options]')
    .addOption(requiredKeyOption('required: the key to encrypt with, by id, ARN or alias'))
    .option('--source-key <key>', 'refuse a ciphertext of another key than this')
    .addOption(contextOption(undefined, 'a pair of the context, before and after; repeat for more'))
    .addOption(contextOption('--source-context <key=value>', 'a pair of the context before, when they differ'))
    .addOption(contextOption('--destination-context <key=value>', 'a pair of the context after, when they differ'))
    .addOption(inputOption('ciphertext'))
    .addOption(fileOption('re-encrypt a file that encrypt --file made'))
    .addOption(outputOption())
    .addOption(rawOption())
    .action((_: unknown, command: Command) => reEncrypt(command.optsWithGlobals()));
  for (const option of jsonlOptions('re-encrypt')) reEncryption.addOption(option);
  reEncryption.option('--skip-if-current', 'with --jsonl: verify and keep what is of the current backing key');
  for (const option of accessOptions()) reEncryption.addOption(option);
  withHelp(reEncryption, [
    'latchkey re-encrypt --key alias/payments -c tenant=acme < old.txt > new.txt',
    'latchkey re-encrypt -k alias/archive --destination-context year=2026 < old.txt',
    'latchkey re-encrypt --key alias/archive --file big.lko --out big.lko',
    'latchkey re-encrypt -k alias/rows --jsonl --field ssn --skip-if-current < old',
  ]);
}

async function reEncrypt(options: ReEncryptOptions): Promise<void> {
  const contexts = contextsOf(options);
  const layout = lineLayout(options, [contexts.source, contexts.destination]);
  if (layout !== undefined) return reEncryptLines(options, contexts, layout);
  if (options.skipIfCurrent === true) throw new UsageError('--skip-if-current is about lines: add --jsonl.');
  if (isAboutFile(options)) return reEncryptFile(options, contexts);
  refuseRawJson(options);
  const ciphertext = await readCiphertext(options);
  await withServer(options, async (latchkey) => {
    const call = latchkey.crypto.reEncrypt({
      ciphertext_blob: ciphertext,
      source_key_id: options.sourceKey ?? '',
      source_encryption_context: contexts.source,
      destination_key_id: options.key,
      destination_encryption_context: contexts.destination,
      ...accessFields(options),
    });
    await delivering(call, options, (response) => deliverPayload(response, response.ciphertext_blob, options));
  });
}

async function reEncryptFile(options: ReEncryptOptions & ObjectFileOptions, contexts: Contexts): Promise<void> {
  await withServer(options, async (latchkey) => {
    const stream = reEncryptObjectHeader(latchkey, {
      sourceKeyId: options.sourceKey ?? '',
      sourceEncryptionContext: contexts.source,
      destinationKeyId: options.key,
      destinationEncryptionContext: contexts.destination,
      ...grantTokens(options),
    });
    await sendFile('re-encrypt', stream, options);
  });
}

async function reEncryptLines(options: ReEncryptOptions, contexts: Contexts, layout: LineLayout): Promise<void> {
  const { key, sourceKey = '', skipIfCurrent = false } = options;
  await withServer(options, async (latchkey) => {
    const rows = { latchkey, hasRows: layout.rowId !== undefined };
    const call = reEncryptingFields(rows, { key, sourceKey, ...contexts, skipIfCurrent, ...grantTokens(options) });
    await sendLines('re-encrypted', call, { ...options, layout });
  });
}

interface Contexts {
  readonly source: EncryptionContext;
  readonly destination: EncryptionContext;
}

function contextsOf({ context, sourceContext, destinationContext }: ReEncryptOptions): Contexts {
  if (context === undefined) return { source: sourceContext ?? {}, destination: destinationContext ?? {} };
  if (sourceContext === undefined && destinationContext === undefined) return { source: context, destination: context };
  throw new UsageError('--context is both contexts: use it alone, or --source-context and --destination-context without it.');
}
