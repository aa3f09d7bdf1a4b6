import { parseArgs } from 'node:util';
import { defaultAddress, isAddress } from '../src/client/address.ts';

/** What is asked of the server, how much of it, and where the figures go. */
export interface Options {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  /** `host:port`. */
  readonly metricsAddress: string;
  readonly mode: Mode;
  readonly operation: Operation;
  /** Bytes of a plaintext. */
  readonly size: number;
  /** Of a batch, or requests of a stream; 1 for unary calls. */
  readonly items: number;
  readonly connections: number;
  /** Calls, batches or streams in flight on each connection. */
  readonly streams: number;
  /** Calls, batches or streams a second, over all connections; undefined for as many as possible. */
  readonly rate: number | undefined;
  readonly durationSeconds: number;
  /** File with the token to call with; undefined: as the client library finds it. */
  readonly tokenFile: string | undefined;
  /** undefined: a key of its own. */
  readonly keyId: string | undefined;
  /** File for the HTML report. */
  readonly report: string | undefined;
}

export type Mode = (typeof modes)[number];
export type Operation = (typeof operations)[number];

/** Says what is wrong with the arguments. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** 'help', or the options. Throws UsageError. */
export function readOptions(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Options | 'help' {
  const given = parse(args);
  if (given.help === true) return 'help';
  const mode = oneOf('mode', modes, given.mode);
  const address = given.address ?? environment['LATCHKEY_ADDRESS'] ?? defaultAddress;
  const metricsAddress = given.metrics ?? environment['LATCHKEY_METRICS_ADDRESS'] ?? defaultMetricsAddress;
  if (!isAddress(address)) throw new UsageError(`--address: ${address} is not host:port or unix:/path.`);
  if (!isAddress(metricsAddress) || metricsAddress.startsWith('unix:'))
    throw new UsageError(`--metrics: ${metricsAddress} is not host:port.`);
  if (mode === 'unary' && given.items !== undefined) throw new UsageError('--items is for --mode batch and exchange.');
  return {
    address,
    metricsAddress,
    mode,
    operation: oneOf('operation', operations, given.operation),
    size: number('size', given.size, { least: 1, most: 1024 * 1024 }) ?? 256,
    items: number('items', given.items, { least: 1, most: 100_000 }) ?? defaultItems[mode],
    connections: number('connections', given.connections, { least: 1, most: 1000 }) ?? 4,
    streams: number('streams', given.streams, { least: 1, most: 1000 }) ?? defaultStreams[mode],
    rate: number('rate', given.rate, { least: 1, most: 1_000_000 }),
    durationSeconds: number('duration', given.duration, { least: 1, most: 300 }) ?? 10,
    tokenFile: given['token-file'],
    keyId: given['key-id'],
    report: given.report,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function number(name: string, text: string | undefined, { least, most }: { least: number; most: number }): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new UsageError(`--${name}: ${text} is not a whole number from ${least} to ${most}.`);
  return value;
}

function oneOf<const Value extends string>(name: string, values: readonly [Value, ...Value[]], text: string | undefined): Value {
  const value = values.find((known) => known === (text ?? values[0]));
  if (value === undefined) throw new UsageError(`--${name}: ${text} is none of ${values.join(', ')}.`);
  return value;
}

const modes = ['unary', 'batch', 'exchange'] as const;
const operations = ['encrypt', 'decrypt'] as const;
const defaultItems = { unary: 1, batch: 1000, exchange: 100 } as const satisfies Record<Mode, number>;
const defaultStreams = { unary: 16, batch: 2, exchange: 1 } as const satisfies Record<Mode, number>;
const defaultMetricsAddress = '127.0.0.1:9464';

const flags = {
  address: { type: 'string' },
  metrics: { type: 'string' },
  mode: { type: 'string' },
  operation: { type: 'string' },
  size: { type: 'string' },
  items: { type: 'string' },
  connections: { type: 'string' },
  streams: { type: 'string' },
  rate: { type: 'string' },
  duration: { type: 'string' },
  'token-file': { type: 'string' },
  'key-id': { type: 'string' },
  report: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const usage = `Usage: script/load [option…]

Calls a running server as fast as it answers, or at a rate, checks that it answers rightly, and says how it did.

  --address ADDRESS       the server, host:port or unix:/path (LATCHKEY_ADDRESS, or ${defaultAddress})
  --metrics HOST:PORT     its metrics (LATCHKEY_METRICS_ADDRESS, or ${defaultMetricsAddress})
  --mode MODE             unary, batch or exchange (unary)
  --operation OPERATION   encrypt or decrypt (encrypt)
  --size BYTES            of a plaintext (256)
  --items N               of a batch (${defaultItems.batch}), or requests of a stream of Exchange (${defaultItems.exchange})
  --connections N         (4)
  --streams N             calls, batches or streams in flight on a connection (${defaultStreams.unary}, ${defaultStreams.batch}, ${defaultStreams.exchange})
  --rate N                calls, batches or streams a second in all (as many as the server answers)
  --duration SECONDS      up to 300 (10)
  --token-file PATH       file with the token to call with (LATCHKEY_TOKEN_FILE, LATCHKEY_TOKEN, or that of the administrator)
  --key-id KEY            the key; without it one is made, and scheduled for deletion at the end
  --report FILE.html      writes the figures with plots

Exit code 0 when every call was answered rightly, 1 when not, 2 for wrong usage. docs/LOAD.md says how to read the figures.
`;
