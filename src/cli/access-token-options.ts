import { InvalidArgumentError, Option } from 'commander';
import type { CreateAccessTokenResponse__Output } from '../generated/latchkey/v1/CreateAccessTokenResponse.ts';
import { readableTimestamp } from './message-json.ts';
import { writeFiles } from './output.ts';

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

/** What there is to show of a new access token. What was written to a file is not shown too. */
export interface DeliveredToken {
  readonly text: string;
  readonly message: object;
}

/** This is the only time that anybody sees it. */
export function deliverToken(response: CreateAccessTokenResponse__Output, { out }: TokenOptions): DeliveredToken {
  const { access_token, token } = response;
  const until = readableTimestamp(token?.expiration_date ?? null);
  if (out === undefined) {
    const use = 'Put it in a file that nobody else can read, and call with it:\n  latchkey --token-file <file> whoami';
    return { text: `Access token, shown this once and good until ${until}:\n\n${access_token}\n\n${use}\n`, message: response };
  }
  writeFiles([{ path: out, content: `${access_token}\n` }]);
  const use = `Call with it:\n  latchkey --token-file ${out} whoami`;
  return { text: `The access token is in ${out}, and good until ${until}. ${use}\n`, message: { token } };
}

function parseLifetime(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (unitSeconds[unit] ?? NaN);
  if (seconds >= 60 && seconds <= 366 * day) return seconds;
  throw new InvalidArgumentError('Give a number with s, m, h or d, such as 12h or 90d, from 60s to 366d.');
}

const day = 24 * 60 * 60;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 60 * 60, d: day };
