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

/** 'help', or the arguments. Throws `StartRefused`. */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const { dev = false, seed, help } = parse(args);
  if (help === true) return 'help';
  if (seed === undefined) return { dev };
  if (!dev) throw new StartRefused('--seed makes keys whose material others know; it needs --dev.');
  return { dev, seed: resolve(seed) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (cause) {
    throw new StartRefused(
      'The server takes --dev and, with it, --seed FILE; its settings are environment variables (README.md).',
      { cause },
    );
  }
}

const flags = {
  dev: { type: 'boolean' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const usage = `Usage: script/server [option…]

Runs the service until SIGTERM or SIGINT. Its settings are environment variables (README.md).

  --dev        for development: allows what is unsafe elsewhere, on this machine only
  --seed FILE  with --dev: makes keys whose material others know (examples/seed.yaml)
`;
