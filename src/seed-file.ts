import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { SeedKey } from './control-plane/seed-keys.ts';
import { StartRefused } from './errors.ts';
import { parseAliasName } from './keys/alias.ts';
import { parseKeyId } from './keys/key-id.ts';
import { maxDescriptionCharacters } from './keys/key.ts';
import { parseTags } from './keys/tag.ts';

/** The keys of a seed file, for development. Throws `StartRefused` that names every mistake. */
export function readSeedFile(path: string): readonly SeedKey[] {
  const document = parseDocument(readText(path), { uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw new StartRefused(`${path} is not YAML: ${broken.message}`);
  const checked = seedFile.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (checked.success) return checked.data.keys;
  const mistakes = checked.error.issues.map(({ path: field, message }) => `${field.map(String).join('.')}: ${message}`);
  throw new StartRefused([`${path} is not right:`, ...mistakes].join('\n  '));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StartRefused(`The seed file ${path} cannot be read: ${String(cause)}.`, { cause });
  }
}

/** A text that a parse function of the domain accepts. */
function parsed<T>(parse: (text: string) => T | undefined, allowed: string) {
  return z.string(allowed).transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue(allowed);
    return z.NEVER;
  });
}

const tags = z
  .record(z.string(), z.string())
  .default({})
  .transform((record, context) => {
    try {
      return parseTags(Object.entries(record).map(([key, value]) => ({ key, value })));
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
      return z.NEVER;
    }
  });

const seedFile = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        key_id: parsed(parseKeyId, 'must be a UUID in lower case.'),
        key_material: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'must be 32 bytes in hex: 64 digits, in quotes.')
          .transform((hex) => Buffer.from(hex, 'hex')),
        description: z.string().max(maxDescriptionCharacters).default(''),
        aliases: z.array(parsed(parseAliasName, 'must be alias/ and letters, digits and : / _ -')).default([]),
        tags,
      }),
    )
    .min(1)
    .transform((keys) => keys.map(({ key_id, key_material, ...rest }) => ({ keyId: key_id, material: key_material, ...rest }))),
});
