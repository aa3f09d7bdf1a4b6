import { resolve } from 'node:path';
import type { z } from 'zod';
import { memoryPerByte } from '../grpc/in-flight-bytes.ts';
import { logLevels } from '../log.ts';
import { identities } from './identities.ts';
import { isInside } from './is-inside.ts';
import { listeners } from './listeners.ts';
import { flag, oneOf, pathIn, section, text, whenRight, whole } from './schemas.ts';
import type { SettingPath } from './setting-path.ts';
import { serverTls } from './tls.ts';
import type { Written } from './yaml-settings.ts';

/** Every setting as the file has it, with what is allowed and its default. Relative paths begin at `folder`. */
export function settingsIn(folder: string) {
  const path = pathIn(folder);
  return section({
    listeners: listeners(path).prefault([{ address: '127.0.0.1:50051' }]),
    metrics: section({
      address: text('host:port', /^(\[[0-9a-fA-F:]+\]|[^\s,:/[\]]+):[0-9]{1,5}$/).default('127.0.0.1:9464'),
      tls: serverTls(path).optional(),
      allow_plaintext: flag().default(false),
    })
      .refine(({ tls, allow_plaintext: allowed }) => tls === undefined || !allowed, {
        path: ['allow_plaintext'],
        message: 'must not be true with tls, which leaves no plaintext to allow.',
        when: whenRight(['tls'], ['allow_plaintext']),
      })
      .prefault({}),
    identities: identities(path),
    data_directory: path.default(resolve('data')),
    secrets_directory: path.default(resolve('secrets')),
    arn: section({
      partition: text('1 to 32 of a-z, 0-9 and -', /^[a-z0-9-]{1,32}$/).default('aws'),
      region: text('1 to 32 of a-z, 0-9 and -', /^[a-z0-9-]{1,32}$/).default('us-east-1'),
      account: text('12 digits', /^[0-9]{12}$/).default('000000000000'),
    }).prefault({}),
    log_level: oneOf(logLevels).default('info'),
    shutdown_grace_ms: whole(0, 600_000, 'milliseconds').default(10_000),
    limits: section({
      max_plaintext_bytes: whole(1, 256 * mebibyte, 'bytes').default(mebibyte),
      max_on_demand_rotations: whole(0, 1_000_000, 'rotations').optional(),
      max_message_bytes: whole(4096, 512 * mebibyte, 'bytes').default(64 * mebibyte),
      max_in_flight_bytes: whole(mebibyte, 1024 * 1024 * mebibyte, 'bytes').default(512 * mebibyte),
      max_connection_age_ms: whole(1000, 30 * 86_400_000, 'milliseconds').default(3_600_000),
    }).prefault({}),
  });
}

/** The environment variable of a setting, which replaces what the file says. */
export interface Variable {
  readonly path: readonly string[];
  /** What the file would say instead; without it, the same text. */
  readonly written?: (text: string) => Written;
  /** What is added to a message about an entry of a list that stands in the variable. */
  readonly separator?: string;
}

export const variables = {
  LATCHKEY_GRPC_ADDRESS: {
    path: ['listeners'],
    written: (addresses) => addresses.split(',').map((address) => ({ address: address.trim() })),
    separator: ', several separated by commas',
  },
  LATCHKEY_METRICS_ADDRESS: { path: ['metrics', 'address'] },
  LATCHKEY_DATA_DIR: { path: ['data_directory'], written: (path) => resolve(path) },
  LATCHKEY_SECRETS_DIR: { path: ['secrets_directory'], written: (path) => resolve(path) },
  LATCHKEY_ARN_PARTITION: { path: ['arn', 'partition'] },
  LATCHKEY_ARN_REGION: { path: ['arn', 'region'] },
  LATCHKEY_ARN_ACCOUNT: { path: ['arn', 'account'] },
  LATCHKEY_LOG_LEVEL: { path: ['log_level'] },
  LATCHKEY_SHUTDOWN_GRACE_MS: { path: ['shutdown_grace_ms'] },
  LATCHKEY_MAX_PLAINTEXT_BYTES: { path: ['limits', 'max_plaintext_bytes'] },
  LATCHKEY_MAX_ON_DEMAND_ROTATIONS: { path: ['limits', 'max_on_demand_rotations'] },
  LATCHKEY_MAX_MESSAGE_BYTES: { path: ['limits', 'max_message_bytes'] },
  LATCHKEY_MAX_IN_FLIGHT_BYTES: { path: ['limits', 'max_in_flight_bytes'] },
  LATCHKEY_MAX_CONNECTION_AGE_MS: { path: ['limits', 'max_connection_age_ms'] },
} satisfies Record<string, Variable>;

/** The settings with the rules between them; `nameOf` says what a message calls a setting. */
export function settingsWithRules(folder: string, nameOf: (path: SettingPath) => string) {
  return rules.reduce(
    (schema, { setting, other, holds, demand }) =>
      schema.refine(holds, {
        path: [...setting],
        message: demand(nameOf(other)),
        when: whenRight(setting, other),
      }),
    settingsIn(folder),
  );
}

export type Settings = z.output<ReturnType<typeof settingsIn>>;

interface Rule {
  readonly setting: readonly string[];
  readonly other: readonly string[];
  readonly holds: (settings: Settings) => boolean;
  readonly demand: (other: string) => string;
}

const mebibyte = 1024 * 1024;
const messageOverhead = 64 * 1024;

/** A rule says nothing about a setting that one before it found wrong. */
const rules: readonly Rule[] = [
  {
    setting: ['limits', 'max_in_flight_bytes'],
    other: ['limits', 'max_message_bytes'],
    holds: ({ limits }) => limits.max_in_flight_bytes >= memoryPerByte * limits.max_message_bytes,
    demand: (other) => `must be at least ${memoryPerByte} times ${other}: the largest message is in memory in several forms.`,
  },
  {
    setting: ['limits', 'max_message_bytes'],
    other: ['limits', 'max_plaintext_bytes'],
    holds: ({ limits }) => limits.max_message_bytes >= limits.max_plaintext_bytes + messageOverhead,
    demand: (other) => `must be at least ${messageOverhead} more than ${other}, for what comes with a plaintext.`,
  },
  {
    setting: ['secrets_directory'],
    other: ['data_directory'],
    holds: (settings) => !isInside(settings.secrets_directory, settings.data_directory),
    demand: (other) => `must not be inside ${other}: whoever copies the data must not get the root key with it.`,
  },
];
