import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { defaultAddress, isAddress } from '../client/address.ts';
import { withPair } from './encryption-context.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { UsageError } from './failure.ts';

/** What every command takes, before or after its name. */
export interface GlobalOptions {
  readonly address: string;
  readonly json: boolean;
  /** Seconds that one call may take. */
  readonly timeout: number;
  /** Paths. */
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly certificateKey?: string;
}

export type LimitOptions = GlobalOptions & { readonly limit?: number };
export type YesOptions = GlobalOptions & { readonly yes?: boolean };
export type ContextOptions = { readonly context?: EncryptionContext };

export function globalOptions(): Option[] {
  return [
    new Option('-a, --address <address>', 'the server, host:port or unix:/path')
      .env('LATCHKEY_ADDRESS')
      .default(defaultAddress)
      .argParser(parseAddress),
    new Option('-j, --json', 'print JSON, errors too').default(false, 'text for people'),
    new Option('--timeout <seconds>', 'how long one call may take').default(30).argParser(wholeNumber(1, 3600)),
    new Option('--token-file <path>', 'file with the token to call with (env: LATCHKEY_TOKEN_FILE, LATCHKEY_TOKEN)'),
    new Option('--ca <path>', 'TLS: PEM file of the authority of the server, or "system" (env: LATCHKEY_CA)'),
    new Option('--certificate <path>', 'TLS: PEM file of the certificate to call with (env: LATCHKEY_CERTIFICATE)'),
    new Option('--certificate-key <path>', 'TLS: PEM file of its private key (env: LATCHKEY_KEY)'),
  ];
}

export function keyOption(description: string): Option {
  return new Option('-k, --key <key>', description);
}

/** The key to encrypt under. */
export function requiredKeyOption(description = 'required: key id, key ARN, alias/<name> or alias ARN'): Option {
  return keyOption(description).makeOptionMandatory();
}

export function contextOption(
  flags = '-c, --context <key=value>',
  description = 'a pair of the encryption context; repeat for more',
): Option {
  return new Option(flags, description).argParser(withPair);
}

export function limitOption(): Option {
  return new Option('-n, --limit <count>', 'stop after so many (default: all)').argParser(wholeNumber(1, 1_000_000));
}

export function clientTokenOption(): Option {
  return new Option('--client-token <token>', 'within 24 hours the same token is the same call, not another (default: a new one)');
}

export function tagOption(description: string): Option {
  return new Option('--tag <key=value>', `${description}; repeat for more`).argParser(withPair);
}

/** Goes on without asking. */
export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask');
}

/** A key that commands about one key take as an argument and, like all others, with --key. */
export function takesKey(command: Command, description = 'key id or key ARN'): Command {
  return command.usage('<key> [options]').argument('[key]', description).addOption(keyOption('the same, as an option'));
}

export function namedKey(argument: string | undefined, command: Command): string {
  const { key: option } = command.opts<{ key?: string }>();
  if (argument !== undefined && option !== undefined)
    throw new UsageError('The key is named twice: give it as an argument or with --key.');
  const key = argument ?? option;
  if (key === undefined) throw new UsageError('Name the key by its id or ARN; latchkey keys list shows them.');
  return key;
}

export function wholeNumber(least: number, greatest: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= greatest) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${greatest}.`);
  };
}

/** How many days lie between automatic rotations. */
export const rotationPeriod = wholeNumber(90, 2560);

function parseAddress(text: string): string {
  if (isAddress(text)) return text;
  throw new InvalidArgumentError('Give host:port or unix:/path, such as 127.0.0.1:50051.');
}
