import { type ContextPair, type GrantConstraints, type GrantOperation, type GrantScope, grantOperations } from '../access/grant.ts';
import { parsePrincipalArn } from '../access/principal.ts';
import { KmsError, invalidField } from '../errors.ts';
import type { CreateGrantRequest__Output } from '../generated/latchkey/v1/CreateGrantRequest.ts';
import type { GrantConstraints__Output } from '../generated/latchkey/v1/GrantConstraints.ts';
import type { GrantOperation as OperationName } from '../generated/latchkey/v1/GrantOperation.ts';
import type { ArnScope } from '../keys/arn.ts';

// Proto → domain, for the calls about grants: every malformed field is refused here, with its name.

/** What a grant is to allow. Throws INVALID_REQUEST. */
export function parseGrantScope({
  operations,
  constraints,
}: Pick<CreateGrantRequest__Output, 'operations' | 'constraints'>): GrantScope {
  const parsed = operations.map(parseOperation);
  if (parsed.length === 0) throw invalidField('operations', 'must have at least 1.');
  const twice = parsed.find((operation, index) => parsed.indexOf(operation) < index);
  if (twice !== undefined) throw invalidField('operations', `has ${operationNames[twice]} twice; give each once.`);
  if (constraints === null) return { operations: parsed };
  // Without one, nothing would be constrained that whoever wrote this meant to be.
  if (!parsed.some((operation) => grantOperations[operation].hasContext))
    throw invalidField('constraints', 'are about encryption contexts, and none of the operations has one; leave them out.');
  return { operations: parsed, constraints: parseConstraints(constraints) };
}

/** A principal of this service, by ARN; not the account. Throws INVALID_ARN, INVALID_REQUEST. */
export function parsePrincipal(arn: string, field: string, scope: ArnScope): string {
  if (arn === '') throw invalidField(field, `is required: ${principalForm(scope)}.`);
  const path = parsePrincipalArn(arn, scope);
  if (path === undefined) throw new KmsError('INVALID_ARN', `${field}: must be ${principalForm(scope)}.`);
  if (path === 'root') throw invalidField(field, 'must be one principal, not the account.');
  return arn;
}

export function parseOptionalPrincipal(arn: string, field: string, scope: ArnScope): string | undefined {
  return arn === '' ? undefined : parsePrincipal(arn, field, scope);
}

export function parseGrantId(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw invalidField('grant_id', `${text === '' ? 'is required' : 'must be a grant id'}: 64 hex digits in lower case.`);
}

export function parseOptionalGrantId(text: string): string | undefined {
  return text === '' ? undefined : parseGrantId(text);
}

export function parseOptionalGrantName(text: string): string | undefined {
  if (text === '') return undefined;
  if (/^[a-zA-Z0-9:/_-]{1,256}$/.test(text)) return text;
  throw invalidField('name', 'must be 1 to 256 of letters, digits and : / _ -');
}

function parseOperation(value: string | number): GrantOperation {
  const found = operations.find((operation) => operationNames[operation] === value);
  if (found !== undefined) return found;
  throw invalidField('operations', `must be of ${operations.map((operation) => operationNames[operation]).join(', ')}.`);
}

/** AWS KMS has one of the two in a grant. */
function parseConstraints({ encryption_context_equals, encryption_context_subset }: GrantConstraints__Output): GrantConstraints {
  const equals = parsePairs(encryption_context_equals, 'constraints.encryption_context_equals');
  const subset = parsePairs(encryption_context_subset, 'constraints.encryption_context_subset');
  if (equals.length === 0 && subset.length === 0)
    throw invalidField('constraints', 'must have encryption_context_equals or encryption_context_subset; or leave them out.');
  if (equals.length > 0 && subset.length > 0)
    throw invalidField('constraints', 'may have encryption_context_equals or encryption_context_subset, not both.');
  return equals.length > 0 ? { encryptionContextEquals: equals } : { encryptionContextSubset: subset };
}

function parsePairs(context: Readonly<Record<string, string>>, field: string): readonly ContextPair[] {
  const pairs = Object.entries(context);
  if (pairs.length > maxConstraintPairs) throw invalidField(field, `may have at most ${maxConstraintPairs} pairs.`);
  for (const pair of pairs)
    if (pair.some(isTooLong))
      throw invalidField(field, `may have names and values of at most ${maxConstraintCharacters} characters.`);
  return pairs;
}

function isTooLong(text: string): boolean {
  return Array.from(text).length > maxConstraintCharacters;
}

function principalForm({ partition, account }: ArnScope): string {
  return `the ARN of a principal of this service, such as arn:${partition}:iam::${account}:user/token/<name>`;
}

export const operationNames = {
  Decrypt: 'GRANT_OPERATION_DECRYPT',
  Encrypt: 'GRANT_OPERATION_ENCRYPT',
  GenerateDataKey: 'GRANT_OPERATION_GENERATE_DATA_KEY',
  GenerateDataKeyWithoutPlaintext: 'GRANT_OPERATION_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT',
  ReEncryptFrom: 'GRANT_OPERATION_RE_ENCRYPT_FROM',
  ReEncryptTo: 'GRANT_OPERATION_RE_ENCRYPT_TO',
  CreateGrant: 'GRANT_OPERATION_CREATE_GRANT',
  RetireGrant: 'GRANT_OPERATION_RETIRE_GRANT',
  DescribeKey: 'GRANT_OPERATION_DESCRIBE_KEY',
} as const satisfies Record<GrantOperation, OperationName>;

const operations = Object.keys(operationNames) as readonly GrantOperation[];
/** AWS KMS API Reference, CreateGrant, `Constraints`. */
const maxConstraintPairs = 8;
const maxConstraintCharacters = 384;
