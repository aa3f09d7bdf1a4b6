import { Option } from 'commander';
import { decodeCiphertext } from './blob.ts';
import type { GlobalOptions } from './command-options.ts';
import { LocalFileError, UsageError } from './failure.ts';
import { readInput } from './input.ts';
import { messageJson } from './message-json.ts';
import { deliver } from './output.ts';

/** Where a command that turns bytes into bytes reads and writes. */
export type PayloadOptions = GlobalOptions & { readonly in?: string; readonly out?: string; readonly raw?: boolean };

export function inputOption(what: string): Option {
  return new Option('-i, --in <file>', `read the ${what} from a file (default: stdin)`);
}

export function outputOption(): Option {
  return new Option('-o, --out <file>', 'write to a file, whole or not at all, mode 0600 (default: stdout)');
}

export function rawOption(description = 'write bytes, not base64'): Option {
  return new Option('-r, --raw', description);
}

/** The ciphertext that a command is about: base64 or bytes, from the file or stdin. */
export async function readCiphertext(options: Pick<PayloadOptions, 'in'>): Promise<Buffer> {
  const input = await readInput(options.in);
  if (input.toString('latin1', 0, 4) === 'LKOB')
    throw new LocalFileError('This is an encrypted file: latchkey decrypt --file opens it.', 'EBADMSG');
  return decodeCiphertext(input);
}

/** Writes what a call made: the whole message as JSON, or only the payload, as bytes or as a line of base64. */
export function deliverPayload(message: object, payload: Buffer, { json, raw = false, out }: PayloadOptions): void {
  if (json) deliver(messageJson(message), out);
  else deliver(raw ? payload : `${payload.toString('base64')}\n`, out);
}

/** JSON carries bytes as base64 only. Checked before a call is made, so that nothing is made and then not shown. */
export function refuseRawJson({ json, raw = false }: Pick<PayloadOptions, 'json' | 'raw'>): void {
  if (json && raw) throw new UsageError('--raw and --json exclude each other: JSON carries bytes as base64.');
}
