import type { Command } from 'commander';
import type { DescribeCiphertextResponse__Output } from '../generated/latchkey/v1/DescribeCiphertextResponse.ts';
import { parseBlob } from './blob.ts';
import type { Blob } from './blob.ts';
import { LocalFileError } from './failure.ts';
import { withHelp } from './help.ts';
import { print } from './output.ts';
import { inputOption, readCiphertext } from './payload.ts';
import type { PayloadOptions } from './payload.ts';
import { withServer } from './server-call.ts';
import { count, details } from './text.ts';

type InspectOptions = PayloadOptions & { readonly online?: boolean };

export function addInspect(program: Command): void {
  const inspection = program
    .command('inspect')
    .summary('explain a ciphertext, without a server')
    .description(
      'Explains a ciphertext, base64 or bytes, from its bytes alone: nothing is decrypted or authenticated. ' +
        'What is no ciphertext of Latchkey ends with exit code 5.',
    )
    .addOption(inputOption('ciphertext'))
    .option('--online', 'also ask the server which key it is of, and whether that has moved on')
    .action((_: unknown, command: Command) => inspect(command.optsWithGlobals()));
  withHelp(inspection, ['latchkey inspect --in card.lk', 'latchkey inspect --online < secret.txt']);
}

async function inspect(options: InspectOptions): Promise<void> {
  const bytes = await readCiphertext(options);
  const blob = parseBlob(bytes);
  if ('notABlob' in blob) throw new LocalFileError(`This is not a ciphertext of Latchkey. ${blob.notABlob}`, 'EBADMSG');
  const show = (answer?: DescribeCiphertextResponse__Output): void =>
    print(options.json ? blobJson(blob, answer) : blobDetails(blob, answer));
  if (!options.online) return show();
  await withServer(options, async (latchkey) => show(await latchkey.crypto.describeCiphertext({ ciphertext_blob: bytes })));
}

function blobDetails(blob: Blob, answer?: DescribeCiphertextResponse__Output): string {
  const known =
    answer === undefined
      ? []
      : ([
          ['Key', answer.key_arn],
          ['Current', currency(answer.current)],
        ] as const);
  return details([
    ['Format', `version ${blob.formatVersion}`],
    ['Suite', blob.suite],
    ['Backing key', blob.keyMaterialId],
    ...known,
    ['Nonce', blob.nonce.toString('hex')],
    ['Ciphertext', `${count(blob.ciphertextBytes, 'byte')}, as many as the plaintext`],
    ['Tag', blob.tag.toString('hex')],
    ['Whole', count(blob.blobBytes, 'byte')],
    ['Context', 'not in the ciphertext: it must be known to decrypt'],
  ]);
}

function currency(current: boolean): string {
  return current ? 'yes, the key still encrypts with this backing key' : 'no, the key was rotated; latchkey re-encrypt moves it on';
}

/** Offline facts under the names that the API has for them, or would have; bytes as hex, as everywhere in docs/FORMATS.md. */
function blobJson(blob: Blob, answer?: DescribeCiphertextResponse__Output): string {
  const facts = {
    format_version: blob.formatVersion,
    suite: blob.suite,
    key_material_id: blob.keyMaterialId,
    nonce_hex: blob.nonce.toString('hex'),
    plaintext_bytes: blob.ciphertextBytes,
    tag_hex: blob.tag.toString('hex'),
    blob_bytes: blob.blobBytes,
    ...(answer === undefined ? {} : { key_arn: answer.key_arn, current: answer.current }),
  };
  return `${JSON.stringify(facts, undefined, 2)}\n`;
}
