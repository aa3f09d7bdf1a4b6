import type { AttributeValue } from '../access/access-request.ts';
import type { Attribute } from '../access/attributes.ts';
import type { ConditionKeyName } from '../access/condition-keys.ts';
import type { ContextPair, Grant, GrantConstraints, GrantScope } from '../access/grant.ts';
import { Missing } from '../keyring/missing.ts';
import type { AliasName } from '../keys/alias.ts';
import type { Key } from '../keys/key.ts';
import type { Tag } from '../keys/tag.ts';
import type { Identity } from './identity.ts';

/** What a call says about itself, as far as policies may ask for it. Functions are called only when one does. */
export interface CallFacts {
  /** The alias by which the call names its key. */
  readonly requestAlias?: AliasName | undefined;
  readonly context?: () => ReadonlyMap<string, string>;
  /** Whether ReEncrypt's two keys are one. */
  readonly onSameKey?: () => boolean | Missing;
  /** Tags that the call gives. */
  readonly tags?: readonly Tag[];
  /** Tags that the call takes away. */
  readonly tagKeys?: readonly string[];
  /** Values of further condition keys. */
  readonly values?: Readonly<Partial<Record<ConditionKeyName, AttributeValue>>> | undefined;
  /** With `kms:CreateGrant`: what would be granted. Its constraints are the encryption context that policies see. */
  readonly newGrant?: GrantScope;
  /** With `kms:RetireGrant`: the grant to be retired. */
  readonly grants?: readonly Grant[];
}

/** What is known of the key at stake. */
export interface KeyFacts {
  readonly key?: Key;
  readonly aliases?: () => readonly AliasName[] | Missing;
}

/** Thrown where a policy asks for what has to be loaded first: the decision begins again once it is. */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded';
  readonly missing: Missing;

  constructor(missing: Missing) {
    super('Something that a policy asks for has to be loaded first.');
    this.missing = missing;
  }
}

/** The value of a condition key in a call; `undefined` when it has none. Throws `NotLoaded`. */
export function attributesOf(
  facts: CallFacts & KeyFacts,
  identity: Identity,
  { name, parameter }: Attribute,
): AttributeValue | undefined {
  return facts.values?.[name] ?? readers[name]?.(facts, identity, parameter);
}

type Reader = (facts: CallFacts & KeyFacts, identity: Identity, parameter: string | undefined) => AttributeValue | undefined;

const readers: Partial<Record<ConditionKeyName, Reader>> = {
  'kms:EncryptionContext': ({ context, newGrant }, _, parameter) =>
    context === undefined ? constrainedTo(newGrant).find(([key]) => key === parameter)?.[1] : context().get(parameter ?? ''),
  'kms:EncryptionContextKeys': ({ context, newGrant }) =>
    context === undefined ? constrainedTo(newGrant).map(([key]) => key) : [...context().keys()],
  'kms:EncryptionAlgorithm': ({ context }) => context && 'SYMMETRIC_DEFAULT',
  'kms:GrantOperations': ({ newGrant }) => newGrant?.operations,
  'kms:GrantConstraintType': ({ newGrant }) =>
    constraintTypes.find(({ field }) => newGrant?.constraints?.[field] !== undefined)?.name,
  'kms:ReEncryptOnSameKey': ({ onSameKey }) => onSameKey && String(loaded(onSameKey())),
  'kms:KeySpec': ({ key }) => key?.keySpec,
  'kms:KeyUsage': ({ key }) => key?.keyUsage,
  'kms:KeyOrigin': ({ key }) => key?.origin,
  'kms:RequestAlias': ({ requestAlias }) => requestAlias,
  'kms:ResourceAliases': ({ aliases }) => aliases && loaded(aliases()),
  'aws:ResourceTag': ({ key }, _, parameter) => key?.tags?.find((tag) => tag.key === parameter)?.value,
  'aws:RequestTag': ({ tags }, _, parameter) => tags?.find((tag) => tag.key === parameter)?.value,
  'aws:TagKeys': ({ tags, tagKeys }) => tagKeys ?? tags?.map((tag) => tag.key),
  'aws:SourceIp': (_, { sourceIp }) => sourceIp,
  'aws:SecureTransport': (_, { secureTransport }) => String(secureTransport),
};

function loaded<T>(value: T | Missing): T {
  if (value instanceof Missing) throw new NotLoaded(value);
  return value;
}

/** The pairs that every encryption context has for which the grant is good. */
function constrainedTo({ constraints = {} }: Pick<GrantScope, 'constraints'> = {}): readonly ContextPair[] {
  return constraintTypes.flatMap(({ field }) => constraints[field] ?? []);
}

/** AWS KMS's names. A grant has one of the two, or none. */
const constraintTypes = [
  { name: 'EncryptionContextEquals', field: 'encryptionContextEquals' },
  { name: 'EncryptionContextSubset', field: 'encryptionContextSubset' },
] as const satisfies readonly { readonly name: string; readonly field: keyof GrantConstraints }[];
