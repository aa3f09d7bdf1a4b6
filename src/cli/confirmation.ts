import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { NotConfirmedError } from './failure.ts';

/** Where a person sits: nothing is asked where nobody reads the question, or nobody types the answer. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

/** stderr, so that stdout holds the result only. */
export const processTerminal: Terminal = { input: process.stdin, output: process.stderr };

/** Called before anything else is done, so that a script hears at once what it lacks. */
export function refuseWithoutTerminal(what: string, { input, output }: Terminal = processTerminal): void {
  if (input.isTTY === true && output.isTTY === true) return;
  throw new NotConfirmedError(`${what} asks for confirmation, and there is no terminal to ask on: pass --yes.`);
}

/** Shows what is at stake, and goes on only if the person types the key's id. */
export async function confirmByKeyId(keyId: string, atStake: string, terminal: Terminal = processTerminal): Promise<void> {
  await confirmByTyping({ what: 'key id', expected: keyId }, atStake, terminal);
}

/** Shows what is at stake, and goes on only if the person types what is expected: the key id, or the path of a principal. */
export async function confirmByTyping(
  { what, expected }: { readonly what: string; readonly expected: string },
  atStake: string,
  { input, output }: Terminal = processTerminal,
): Promise<void> {
  output.write(`${atStake}\nType the ${what} to go on: `);
  // Not a terminal to readline: the terminal's own line editing does, and Ctrl-C stays Ctrl-C.
  const lines = createInterface({ input, terminal: false });
  try {
    const answer = await firstLine(lines);
    if (answer?.trim() === expected) return;
    // Ctrl-D leaves the cursor behind the question.
    if (answer === undefined) output.write('\n');
  } finally {
    lines.close();
  }
  throw new NotConfirmedError(`That is not the ${what}: nothing was changed.`);
}

async function firstLine(lines: AsyncIterable<string>): Promise<string | undefined> {
  for await (const line of lines) return line;
  return undefined;
}
