import { getSystemErrorMessage } from 'node:util';

/** What the operating system says, in its words ("no such file or directory"), and its code ("ENOENT"). */
export function systemErrorText(error: unknown): { text: string; code: string } {
  if (!(error instanceof Error)) return { text: String(error), code: 'UNKNOWN' };
  const { errno, code }: NodeJS.ErrnoException = error;
  return { text: errno === undefined ? error.message : getSystemErrorMessage(errno), code: code ?? 'UNKNOWN' };
}
