import { isUtf8 } from 'node:buffer';
import { Option } from 'commander';
import type { PolicyWarning__Output } from '../generated/latchkey/v1/PolicyWarning.ts';
import { LocalFileError } from './failure.ts';
import { readInput } from './input.ts';
import { visible } from './text.ts';

/** The two names of one option, here and everywhere. */
export interface PolicyFileOptions {
  readonly file?: string;
  readonly in?: string;
}

export function policyFileOptions(): Option[] {
  return [
    new Option('-f, --file <path>', 'the policy (default: stdin)').conflicts('in'),
    new Option('-i, --in <path>', 'the same as --file'),
  ];
}

/** A policy of a file, or of stdin when there is no path or it is `-`. The server reads it; here it must only be text. Throws LocalFileError. */
export async function readPolicy(path: string | undefined): Promise<string> {
  const bytes = await readInput(path);
  if (bytes.length === 0) throw new LocalFileError(`${nameOf(path)} is empty: give a policy in JSON.`, 'EINVAL');
  if (!isUtf8(bytes)) throw new LocalFileError(`${nameOf(path)} is not UTF-8.`, 'EILSEQ');
  return bytes.toString();
}

/** Says on stderr what was taken and may not do what its author thinks; in JSON it is part of the answer. */
export function noteWarnings(warnings: readonly PolicyWarning__Output[], { json }: { readonly json: boolean }): void {
  if (json) return;
  for (const { location, message } of warnings) process.stderr.write(`Warning: ${visible(location)} ${visible(message)}\n`);
}

function nameOf(path: string | undefined): string {
  return path === undefined || path === '-' ? 'stdin' : path;
}
