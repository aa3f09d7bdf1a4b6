import type { Command } from 'commander';
import { encryptObject } from '../client/encrypt-object.ts';
import { type AccessOptions, accessFields, accessOptions, grantTokens } from './access-options.ts';
import { delivering } from './dry-run.ts';
import { contextOption, requiredKeyOption } from './command-options.ts';
import type { ContextOptions } from './command-options.ts';
import { encryptingFields } from './field-calls.ts';
import { withHelp } from './help.ts';
import { readInput } from './input.ts';
import { type JsonlOptions, jsonlOptions, lineLayout, sendLines } from './jsonl.ts';
import type { LineLayout } from './line-values.ts';
import { fileOption, isAboutFile, sendFile } from './object-file.ts';
import type { ObjectFileOptions } from './object-file.ts';
import { deliverPayload, inputOption, outputOption, rawOption, refuseRawJson } from './payload.ts';
import type { PayloadOptions } from './payload.ts';
import { withServer } from './server-call.ts';

type EncryptOptions = PayloadOptions &
  Partial<ObjectFileOptions> &
  JsonlOptions &
  ContextOptions &
  AccessOptions & { readonly key: string };

export function addEncrypt(program: Command): void {
  const encryption = program
    .command('encrypt')
    .summary('encrypt stdin or a file')
    .description(
      'Encrypts stdin or a file, byte for byte: a line break at its end is encrypted too. It goes to the server in one call; ' +
        'with --file it stays here, may have any size, and becomes an object: the server only makes its data key.',
    )
    .usage('--key <key> [options]')
    .addOption(requiredKeyOption())
    .addOption(contextOption())
    .addOption(inputOption('plaintext'))
    .addOption(fileOption('encrypt a file of any size'))
    .addOption(outputOption())
    .addOption(rawOption())
    .action((_: unknown, command: Command) => encrypt(command.optsWithGlobals()));
  for (const option of [...jsonlOptions('encrypt'), ...accessOptions()]) encryption.addOption(option);
  withHelp(encryption, [
    'printf %s "$SECRET" | latchkey encrypt --key alias/payments -c tenant=acme',
    'latchkey encrypt --key alias/payments --in card.json --out card.lk --raw',
    'latchkey encrypt --key alias/backups --file backup.tar --out backup.tar.lko',
    'latchkey encrypt -k alias/rows --jsonl --field email --row-id id < in > out',
  ]);
}

async function encrypt(options: EncryptOptions): Promise<void> {
  const layout = lineLayout(options, [options.context ?? {}]);
  if (layout !== undefined) return encryptLines(options, layout);
  if (isAboutFile(options)) return encryptFile(options);
  refuseRawJson(options);
  const plaintext = await readInput(options.in);
  await withServer(options, async (latchkey) => {
    const request = { key_id: options.key, plaintext, encryption_context: options.context ?? {}, ...accessFields(options) };
    await delivering(latchkey.crypto.encrypt(request), options, (response) =>
      deliverPayload(response, response.ciphertext_blob, options),
    );
  });
}

async function encryptFile(options: EncryptOptions & ObjectFileOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const stream = encryptObject(latchkey, {
      keyId: options.key,
      encryptionContext: options.context ?? {},
      ...grantTokens(options),
    });
    await sendFile('encrypt', stream, options);
  });
}

async function encryptLines(options: EncryptOptions, layout: LineLayout): Promise<void> {
  await withServer(options, async (latchkey) => {
    const rows = { latchkey, hasRows: layout.rowId !== undefined };
    const call = encryptingFields(rows, { key: options.key, context: options.context ?? {}, ...grantTokens(options) });
    await sendLines('encrypted', call, { ...options, layout });
  });
}
