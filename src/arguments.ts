import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartRefused } from './errors.ts';

/** The server's arguments; its settings are environment variables. */
export interface Arguments {
  /** For development: what is unsafe elsewhere is allowed, on this machine only. */
  readonly dev: boolean;
  /** Absolute path of a seed file. */
  readonly seed?: string;
}

/** Throws `StartRefused`. */
export function readArguments(args: readonly string[]): Arguments {
  const { dev = false, seed } = parse(args);
  if (seed === undefined) return { dev };
  if (!dev) throw new StartRefused('--seed makes keys whose material others know; it needs --dev.');
  return { dev, seed: resolve(seed) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { dev: { type: 'boolean' }, seed: { type: 'string' } }, strict: true }).values;
  } catch (cause) {
    throw new StartRefused(
      'The server takes --dev and, with it, --seed FILE; its settings are environment variables (README.md).',
      { cause },
    );
  }
}
