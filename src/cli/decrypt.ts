import type { Command } from 'commander';
import { decryptObject } from '../client/decrypt-object.ts';
import { type AccessOptions, accessFields, accessOptions, grantTokens } from './access-options.ts';
import { delivering } from './dry-run.ts';
import { contextOption, keyOption } from './command-options.ts';
import type { ContextOptions } from './command-options.ts';
import { decryptingFields } from './field-calls.ts';
import { withHelp } from './help.ts';
import { type JsonlOptions, jsonlOptions, lineLayout, sendLines } from './jsonl.ts';
import type { LineLayout } from './line-values.ts';
import { fileOption, isAboutFile, sendFile } from './object-file.ts';
import type { ObjectFileOptions } from './object-file.ts';
import { deliverPayload, inputOption, outputOption, readCiphertext } from './payload.ts';
import type { PayloadOptions } from './payload.ts';
import { withServer } from './server-call.ts';

type DecryptOptions = PayloadOptions &
  Partial<ObjectFileOptions> &
  JsonlOptions &
  ContextOptions &
  AccessOptions & { readonly key?: string };

export function addDecrypt(program: Command): void {
  const decryption = program
    .command('decrypt')
    .summary('decrypt stdin or a file')
    .description(
      'Decrypts stdin or a file, base64 or bytes. Writes the plaintext and nothing else. With --file it decrypts what encrypt --file made: ' +
        'an altered or truncated one leaves no file; on stdout (--out -) verified parts are seen before the end is.',
    )
    .addOption(contextOption(undefined, 'a pair it was encrypted with; repeat for more'))
    .addOption(keyOption('refuse a ciphertext of another key than this'))
    .addOption(inputOption('ciphertext'))
    .addOption(fileOption('decrypt a file that encrypt --file made'))
    .addOption(outputOption())
    .action((_: unknown, command: Command) => decrypt(command.optsWithGlobals()));
  for (const option of [...jsonlOptions('decrypt'), ...accessOptions()]) decryption.addOption(option);
  withHelp(decryption, [
    'latchkey decrypt -c tenant=acme < secret.txt',
    'latchkey decrypt --in card.lk --out card.json',
    'latchkey decrypt --file backup.tar.lko --out backup.tar',
    'latchkey decrypt --jsonl --field email,ssn --row-id id < out.jsonl > in.jsonl',
  ]);
}

async function decrypt(options: DecryptOptions): Promise<void> {
  const layout = lineLayout(options, [options.context ?? {}]);
  if (layout !== undefined) return decryptLines(options, layout);
  if (isAboutFile(options)) return decryptFile(options);
  const ciphertext = await readCiphertext(options);
  await withServer(options, async (latchkey) => {
    const call = latchkey.crypto.decrypt({
      ciphertext_blob: ciphertext,
      encryption_context: options.context ?? {},
      key_id: options.key ?? '',
      ...accessFields(options),
    });
    await delivering(call, options, (response) => deliverPayload(response, response.plaintext, { ...options, raw: !options.json }));
  });
}

async function decryptFile(options: DecryptOptions & ObjectFileOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const stream = decryptObject(latchkey, {
      encryptionContext: options.context ?? {},
      keyId: options.key ?? '',
      ...grantTokens(options),
    });
    await sendFile('decrypt', stream, options);
  });
}

async function decryptLines(options: DecryptOptions, layout: LineLayout): Promise<void> {
  await withServer(options, async (latchkey) => {
    const rows = { latchkey, hasRows: layout.rowId !== undefined };
    const call = decryptingFields(rows, { key: options.key ?? '', context: options.context ?? {}, ...grantTokens(options) });
    await sendLines('decrypted', call, { ...options, layout });
  });
}
