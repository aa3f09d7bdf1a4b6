import { InvalidArgumentError, Option } from 'commander';

export interface TokenOptions {
  /** Seconds. */
  readonly expiresIn?: number;
  readonly out?: string;
}

export function lifetimeOption(): Option {
  return new Option(
    '--expires-in <time>',
    'how long the token is good for, such as 12h or 30d; at most 366d (default: 90d)',
  ).argParser(parseLifetime);
}

export function tokenFileOption(): Option {
  return new Option('-o, --out <file>', 'write the token to a file, mode 0600, instead of showing it');
}

function parseLifetime(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (unitSeconds[unit] ?? NaN);
  if (seconds >= 60 && seconds <= 366 * day) return seconds;
  throw new InvalidArgumentError('Give a number with s, m, h or d, such as 12h or 90d, from 60s to 366d.');
}

const day = 24 * 60 * 60;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 60 * 60, d: day };
