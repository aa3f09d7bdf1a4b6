import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { ImportKeyMaterialRequest } from '../generated/latchkey/v1/ImportKeyMaterialRequest.ts';
import type { ImportKeyMaterialResponse__Output } from '../generated/latchkey/v1/ImportKeyMaterialResponse.ts';
import type { GlobalOptions } from './command-options.ts';
import { UsageError } from './failure.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';
import { wrappingAlgorithms } from './wrap-key-material.ts';
import type { WrappingAlgorithm } from './wrap-key-material.ts';

export interface WrappingOptions {
  readonly algorithm: WrappingAlgorithm;
  readonly wrappingKey: (typeof wrappingKeys)[number];
}

export interface ImportOptions extends GlobalOptions {
  readonly expires?: Date;
  /** False with --no-expiry. */
  readonly expiry: boolean;
  readonly new?: boolean;
}

export function takesWrapping(command: Command): Command {
  const names = Object.keys(wrappingAlgorithms);
  return command
    .addOption(new Option('--algorithm <name>', 'how it is wrapped').choices(names).default('RSA_AES_KEY_WRAP_SHA_256'))
    .addOption(new Option('--wrapping-key <spec>', 'the RSA key to wrap with').choices(wrappingKeys).default('RSA_4096'));
}

export function takesImport(command: Command): Command {
  return command
    .addOption(
      new Option('--expires <when>', 'when it expires: a date (2027-01-31, in UTC) or days from now (90d), at most 365').argParser(
        parseExpiry,
      ),
    )
    .option('--no-expiry', 'it stays until it is deleted')
    .option('--new', 'material that the key never had: it waits for latchkey keys rotate');
}

/** The fields of GetParametersForImport that these options are. */
export function wrappingRequest({ algorithm, wrappingKey }: WrappingOptions) {
  return { wrapping_algorithm: `ALGORITHM_SPEC_${algorithm}`, wrapping_key_spec: `WRAPPING_KEY_SPEC_${wrappingKey}` } as const;
}

/**
 * The fields of ImportKeyMaterial that these options are. One of --expires and --no-expiry must be given: which one loses data when it is
 * guessed wrong depends on who else has the material.
 */
export function importRequest(
  options: ImportOptions,
): Pick<ImportKeyMaterialRequest, 'expiration_model' | 'valid_to' | 'import_type'> {
  const { expires, expiry, new: isNew = false } = options;
  if (expires !== undefined && !expiry) throw new UsageError('--expires and --no-expiry exclude each other.');
  if (expires === undefined && expiry) throw new UsageError('Say how long the material stays: --expires <when> or --no-expiry.');
  const import_type = isNew ? 'IMPORT_TYPE_NEW_KEY_MATERIAL' : 'IMPORT_TYPE_EXISTING_KEY_MATERIAL';
  if (expires === undefined) return { expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE', import_type };
  const valid_to = { seconds: Math.floor(expires.getTime() / 1000), nanos: 0 };
  return { expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES', valid_to, import_type };
}

export function printImport(response: ImportKeyMaterialResponse__Output, { json }: Pick<GlobalOptions, 'json'>): void {
  print(json ? messageJson(response) : `Imported into ${response.key_arn}\n  ${response.key_material_id}\n`);
}

function parseExpiry(text: string): Date {
  const when = expiryOf(text, Date.now());
  if (when === undefined) throw new InvalidArgumentError('Give 2027-01-31, 2027-01-31T12:00:00Z or 90d.');
  if (when.getTime() <= Date.now()) throw new InvalidArgumentError('It is in the past.');
  return when;
}

/** Days from `now` (`90d`), a date (its first moment in UTC), or a date and time with a zone. */
function expiryOf(text: string, now: number): Date | undefined {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(now + Number(days) * 86_400_000);
  const date = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text)?.[1];
  const when = new Date(text);
  // JavaScript takes 2027-02-30 for the 2nd of March.
  const exists = date !== undefined && !Number.isNaN(when.getTime()) && new Date(date).toISOString().startsWith(date);
  return exists ? when : undefined;
}

const wrappingKeys = ['RSA_4096', 'RSA_3072', 'RSA_2048'] as const;
