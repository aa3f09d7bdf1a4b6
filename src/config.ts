import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { StartRefused } from './errors.ts';
import { memoryPerByte } from './grpc/in-flight-bytes.ts';
import type { ArnScope } from './keys/arn.ts';
import { type LogLevel, logLevels } from './log.ts';

/** Everything that can be set. Paths are absolute. */
export interface Config {
  /** `host:port` or `unix:/path`; port 0 takes a free one. */
  readonly grpcAddresses: readonly string[];
  readonly metricsAddress: string;
  readonly dataDirectory: string;
  /** Never inside the data directory, so that a copy of the data is not a copy of the key. */
  readonly secretsDirectory: string;
  readonly scope: ArnScope;
  readonly logLevel: LogLevel;
  readonly shutdownGraceMs: number;
  readonly maxPlaintextBytes: number;
  readonly maxMessageBytes: number;
  readonly maxInFlightBytes: number;
  readonly maxConnectionAgeMs: number;
  /** The most rotations on demand in a key's life; absent: no limit. */
  readonly maxOnDemandRotations?: number;
}

/** Reads the settings from environment variables. Throws `StartRefused` that names every mistake and what is allowed. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const named = Object.entries(environment).filter(([name]) => isOurs(name));
  // An empty variable is an absent one, if there is such a setting.
  const given = Object.fromEntries(named.filter(([name, value]) => value !== '' || !(name in settings.shape)));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    throw new StartRefused(['The settings are not right:', ...parsed.error.issues.map(describeIssue)].join('\n  '));
  }
  const values = parsed.data;
  return {
    grpcAddresses: values.LATCHKEY_GRPC_ADDRESS,
    metricsAddress: values.LATCHKEY_METRICS_ADDRESS,
    dataDirectory: resolve(values.LATCHKEY_DATA_DIR),
    secretsDirectory: resolve(values.LATCHKEY_SECRETS_DIR),
    scope: { partition: values.LATCHKEY_ARN_PARTITION, region: values.LATCHKEY_ARN_REGION, account: values.LATCHKEY_ARN_ACCOUNT },
    logLevel: values.LATCHKEY_LOG_LEVEL,
    shutdownGraceMs: values.LATCHKEY_SHUTDOWN_GRACE_MS,
    maxPlaintextBytes: values.LATCHKEY_MAX_PLAINTEXT_BYTES,
    maxMessageBytes: values.LATCHKEY_MAX_MESSAGE_BYTES,
    maxInFlightBytes: values.LATCHKEY_MAX_IN_FLIGHT_BYTES,
    maxConnectionAgeMs: values.LATCHKEY_MAX_CONNECTION_AGE_MS,
    ...(values.LATCHKEY_MAX_ON_DEMAND_ROTATIONS === undefined
      ? {}
      : { maxOnDemandRotations: values.LATCHKEY_MAX_ON_DEMAND_ROTATIONS }),
  };
}

/** Variables of clients and tests may be in the environment too; every other name must be a setting. */
function isOurs(name: string): boolean {
  return name.startsWith('LATCHKEY_') && !name.startsWith('LATCHKEY_TEST_') && !foreignNames.includes(name);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')}: there is no such setting; there are ${Object.keys(settings.shape).join(', ')}.`;
  // Behind the setting's name a path says which entry of a list it is.
  return `${String(issue.path[0])}: ${issue.message}`;
}

function address(allowed: string, pattern: RegExp) {
  return z.string().regex(pattern, `must be ${allowed}.`);
}

function whole(least: number, greatest: number, unit: string) {
  const allowed = `must be a whole number of ${unit}, ${least} to ${greatest}.`;
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, allowed)
    .transform(Number)
    .refine((value) => value >= least && value <= greatest, allowed);
}

function folder(fallback: string) {
  return z
    .string()
    .refine((path) => !path.includes('\0'), 'must be a path.')
    .default(fallback);
}

const tcpPattern = /^(\[[0-9a-fA-F:]+\]|[^\s,:/[\]]+):[0-9]{1,5}$/;
const grpcPattern = /^(unix:\/(?!\/)[^\0,]+|(\[[0-9a-fA-F:]+\]|[^\s,:/[\]]+):[0-9]{1,5})$/;
const mebibyte = 1024 * 1024;
const messageOverhead = 64 * 1024;
const foreignNames: readonly string[] = ['LATCHKEY_ADDRESS', 'LATCHKEY_VECTORS'];

const settings = z
  .strictObject({
    LATCHKEY_GRPC_ADDRESS: z
      .string()
      .transform((list) => list.split(',').map((entry) => entry.trim()))
      .pipe(z.array(address('host:port or unix:/path, several separated by commas', grpcPattern)).min(1))
      .default(['127.0.0.1:50051']),
    LATCHKEY_METRICS_ADDRESS: address('host:port', tcpPattern).default('127.0.0.1:9464'),
    LATCHKEY_DATA_DIR: folder('data'),
    LATCHKEY_SECRETS_DIR: folder('secrets'),
    LATCHKEY_ARN_PARTITION: z
      .string()
      .regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -.')
      .default('aws'),
    LATCHKEY_ARN_REGION: z
      .string()
      .regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -.')
      .default('us-east-1'),
    LATCHKEY_ARN_ACCOUNT: z
      .string()
      .regex(/^[0-9]{12}$/, 'must be 12 digits.')
      .default('000000000000'),
    LATCHKEY_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}.`).default('info'),
    LATCHKEY_SHUTDOWN_GRACE_MS: whole(0, 600_000, 'milliseconds').default(10_000),
    LATCHKEY_MAX_PLAINTEXT_BYTES: whole(1, 256 * mebibyte, 'bytes').default(mebibyte),
    LATCHKEY_MAX_ON_DEMAND_ROTATIONS: whole(0, 1_000_000, 'rotations').optional(),
    LATCHKEY_MAX_MESSAGE_BYTES: whole(4096, 512 * mebibyte, 'bytes').default(64 * mebibyte),
    LATCHKEY_MAX_IN_FLIGHT_BYTES: whole(mebibyte, 1024 * 1024 * mebibyte, 'bytes').default(512 * mebibyte),
    LATCHKEY_MAX_CONNECTION_AGE_MS: whole(1000, 30 * 86_400_000, 'milliseconds').default(3_600_000),
  })
  .refine((values) => values.LATCHKEY_MAX_MESSAGE_BYTES >= values.LATCHKEY_MAX_PLAINTEXT_BYTES + messageOverhead, {
    path: ['LATCHKEY_MAX_MESSAGE_BYTES'],
    message: `must be at least ${messageOverhead} more than LATCHKEY_MAX_PLAINTEXT_BYTES, for what comes with a plaintext.`,
  })
  .refine((values) => values.LATCHKEY_MAX_IN_FLIGHT_BYTES >= memoryPerByte * values.LATCHKEY_MAX_MESSAGE_BYTES, {
    path: ['LATCHKEY_MAX_IN_FLIGHT_BYTES'],
    message: `must be at least ${memoryPerByte} times LATCHKEY_MAX_MESSAGE_BYTES: the largest message is in memory in several forms.`,
  })
  .refine((values) => !isInside(values.LATCHKEY_SECRETS_DIR, values.LATCHKEY_DATA_DIR), {
    path: ['LATCHKEY_SECRETS_DIR'],
    message: 'must not be inside LATCHKEY_DATA_DIR: whoever copies the data must not get the root key with it.',
  });

function isInside(path: string, folderPath: string): boolean {
  const way = relative(withoutLinks(resolve(folderPath)), withoutLinks(resolve(path)));
  return way === '' || !(way === '..' || way.startsWith('../'));
}

/** The path that links lead to, as far as it exists yet. */
function withoutLinks(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(withoutLinks(parent), basename(path));
}
