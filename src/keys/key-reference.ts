import { KmsError, invalidField } from '../errors.ts';
import { type AliasName, parseAliasName } from './alias.ts';
import { type ArnScope, parseArn } from './arn.ts';
import { type KeyId, parseKeyId } from './key-id.ts';

/** How a caller names a key. */
export type KeyReference = ManagedKeyReference | { readonly kind: 'alias'; readonly aliasName: AliasName };

/** How a caller of a management call names a key. */
export type ManagedKeyReference =
  | { readonly kind: 'key'; readonly keyId: KeyId }
  /** By an ARN of another partition, region or account: no key of this service. */
  | { readonly kind: 'elsewhere'; readonly arn: string };

/**
 * A key named by id, ARN, `alias/<name>` or alias ARN. `field` is the proto field it stands in. Throws INVALID_REQUEST,
 * INVALID_ARN, INVALID_ALIAS_NAME.
 */
export function parseKeyReference(text: string, field: string, scope: ArnScope): KeyReference {
  const keyId = parseKeyId(text);
  if (keyId !== undefined) return { kind: 'key', keyId };
  if (text.startsWith('arn:')) {
    const resource = parseArn(text, scope);
    return resource.kind === 'elsewhere' ? { kind: 'elsewhere', arn: text } : resource;
  }
  if (text.startsWith('alias/')) return { kind: 'alias', aliasName: requireAliasName(text) };
  throw invalidField(field, text === '' ? `is required: ${anyForm}.` : `must be ${anyForm}.`);
}

/** A key named by id or ARN only, as management calls want it. Throws as `parseKeyReference`. */
export function parseManagedKey(text: string, field: string, scope: ArnScope): ManagedKeyReference {
  const keyId = parseKeyId(text);
  if (keyId !== undefined) return { kind: 'key', keyId };
  if (text.startsWith('arn:')) {
    const resource = parseArn(text, scope);
    if (resource.kind === 'key') return resource;
    if (resource.kind === 'elsewhere') return { kind: 'elsewhere', arn: text };
  }
  throw invalidField(field, text === '' ? `is required: ${managedForm}.` : `must be ${managedForm}; an alias does not do here.`);
}

/** Throws INVALID_ALIAS_NAME. */
export function requireAliasName(text: string): AliasName {
  const aliasName = parseAliasName(text);
  if (aliasName === undefined) {
    throw new KmsError(
      'INVALID_ALIAS_NAME',
      'An alias name is alias/ followed by letters, digits and : / _ -, 256 characters at most.',
    );
  }
  return aliasName;
}

export function keyNotFound(name: string): KmsError {
  return new KmsError('KEY_NOT_FOUND', `There is no key ${name}.`);
}

export function aliasNotFound(name: string): KmsError {
  return new KmsError('ALIAS_NOT_FOUND', `There is no alias ${name}.`);
}

const managedForm = 'a key id (UUID in lower case) or a key ARN';
const anyForm = 'a key id (UUID in lower case), key ARN, alias/<name> or alias ARN';
