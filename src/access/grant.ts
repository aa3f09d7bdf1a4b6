import { KmsError } from '../errors.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { ActionName } from './actions.ts';
import type { PrincipalId } from './principal.ts';

/** A delegation of some operations with one key to one principal. It allows, and never denies. */
export interface Grant extends GrantScope {
  /** 64 lower-case hex digits. */
  readonly grantId: string;
  readonly keyId: KeyId;
  readonly granteeId: PrincipalId;
  /** For people; the id decides. */
  readonly granteeArn: string;
  /** Who may retire it besides a grantee that was granted RetireGrant. */
  readonly retiringId?: PrincipalId;
  readonly retiringArn?: string;
  readonly name?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly issuedBy: PrincipalId;
  /** The grant by which the issuer was allowed to create this one. */
  readonly parentGrantId?: string;
}

/** What a grant allows. */
export interface GrantScope {
  /** At least one, each once. */
  readonly operations: readonly GrantOperation[];
  readonly constraints?: GrantConstraints;
}

/** Of the encryption context of a request. Both must hold. No key stands in a list twice. */
export interface GrantConstraints {
  /** Exactly these pairs. */
  readonly encryptionContextEquals?: readonly ContextPair[];
  /** These pairs, and any others. */
  readonly encryptionContextSubset?: readonly ContextPair[];
}

export type ContextPair = readonly [key: string, value: string];

/** An encryption context, whose keys and values are compared exactly: unlike AWS KMS, which ignores the case of a constraint's keys. */
export interface EncryptionContext {
  readonly keys: () => readonly string[];
  readonly valueOf: (key: string) => string | undefined;
}

/** The action of each operation, and whether it has an encryption context. */
export const grantOperations = {
  Encrypt: { action: 'kms:Encrypt', hasContext: true },
  Decrypt: { action: 'kms:Decrypt', hasContext: true },
  GenerateDataKey: { action: 'kms:GenerateDataKey', hasContext: true },
  GenerateDataKeyWithoutPlaintext: { action: 'kms:GenerateDataKeyWithoutPlaintext', hasContext: true },
  ReEncryptFrom: { action: 'kms:ReEncryptFrom', hasContext: true },
  ReEncryptTo: { action: 'kms:ReEncryptTo', hasContext: true },
  CreateGrant: { action: 'kms:CreateGrant', hasContext: false },
  RetireGrant: { action: 'kms:RetireGrant', hasContext: false },
  DescribeKey: { action: 'kms:DescribeKey', hasContext: false },
} as const satisfies Record<string, { readonly action: ActionName; readonly hasContext: boolean }>;

export type GrantOperation = keyof typeof grantOperations;

/** The operation that an action is, when grants can allow it. */
export function grantOperationOf(action: string): GrantOperation | undefined {
  return operationsByAction.get(action);
}

/**
 * Whether the scope covers an operation. Constraints are no matter for operations without an encryption context (AWS KMS API
 * Reference, GrantConstraints); what CreateGrant creates is held to them by `isWithin`.
 */
export function covers({ operations, constraints }: GrantScope, operation: GrantOperation, context: EncryptionContext): boolean {
  if (!operations.includes(operation)) return false;
  return constraints === undefined || !grantOperations[operation].hasContext || satisfies(context, constraints);
}

/**
 * Whether a grant that is created by another allows no more than that one: no other operation, and no encryption context that
 * the other refuses.
 */
export function isWithin(child: GrantScope, parent: GrantScope): boolean {
  return (
    parent.operations.includes('CreateGrant') &&
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    isAsTight(child.constraints ?? {}, parent.constraints ?? {})
  );
}

/** Whether the grant itself lets somebody retire it; whoever a policy allows kms:RetireGrant may too, and kms:RevokeGrant is for policies alone. */
export function mayRetire({ retiringId, granteeId, operations }: Grant, principalId: PrincipalId): boolean {
  return principalId === retiringId || (principalId === granteeId && operations.includes('RetireGrant'));
}

/** Throws LIMIT_EXCEEDED when a grant created by `parent` would make a chain of more than `maxGrantDepth` grants that still are. */
export function requireShallow(parent: Grant, grantById: (grantId: string) => Grant | undefined): void {
  let depth = 1;
  for (let at: Grant | undefined = parent; at !== undefined; depth++) {
    if (depth >= maxGrantDepth) throw tooDeep(parent);
    at = at.parentGrantId === undefined ? undefined : grantById(at.parentGrantId);
  }
}

function satisfies(context: EncryptionContext, { encryptionContextEquals, encryptionContextSubset }: GrantConstraints): boolean {
  const has = ([key, value]: ContextPair) => context.valueOf(key) === value;
  if (encryptionContextSubset?.every(has) === false) return false;
  if (encryptionContextEquals === undefined) return true;
  return context.keys().length === encryptionContextEquals.length && encryptionContextEquals.every(has);
}

/** A context that satisfies `child` has all of its pairs, and with Equals no others. */
function isAsTight(child: GrantConstraints, parent: GrantConstraints): boolean {
  const exact = child.encryptionContextEquals;
  const required = [...(exact ?? []), ...(child.encryptionContextSubset ?? [])];
  if (parent.encryptionContextSubset?.every((pair) => includesPair(required, pair)) === false) return false;
  const wanted = parent.encryptionContextEquals;
  if (wanted === undefined) return true;
  return exact?.length === wanted.length && wanted.every((pair) => includesPair(exact, pair));
}

function includesPair(pairs: readonly ContextPair[], [key, value]: ContextPair): boolean {
  return pairs.some((pair) => pair[0] === key && pair[1] === value);
}

function tooDeep({ grantId }: Grant): KmsError {
  return new KmsError(
    'LIMIT_EXCEEDED',
    `Grant ${grantId} ends a chain of ${maxGrantDepth} grants, each created by the one before; ask somebody whom a policy allows kms:CreateGrant.`,
  );
}

const operationsByAction = new Map(
  (Object.keys(grantOperations) as GrantOperation[]).map((operation) => [grantOperations[operation].action as string, operation]),
);
/** Enough for a service that delegates to its parts; what is deeper nobody can follow. */
const maxGrantDepth = 5;
