import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KmsError } from '../../src/errors.ts';
import type { CreateGrantRequest } from '../../src/generated/latchkey/v1/CreateGrantRequest.ts';
import { refusal } from '../keys/example-key.ts';
import { allow, useKeyService } from './use-key-service.ts';

/** Grants that are created by a grant: bob has one with CreateGrant, and gives carol of it. */
const service = useKeyService();

describe('what a grant creates', () => {
  it('is never wider than it, and is refused only when it would be', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(parents, children, async (parent, child) => {
        const { grant_id } = await service.grant(requestOf(parent));
        const isAllowed = await wasCreated(service.as('bob').createGrant({ ...toCarol(), ...requestOf(child) }));
        await service.as('alice').revokeGrant({ key_id: service.keyId, grant_id });
        const wider = contextOperations.some((operation) =>
          contexts.some((context) => covers(child, operation, context) && !covers(parent, operation, context)),
        );
        const otherOperations = child.operations.some((operation) => !parent.operations.includes(operation));
        expect(isAllowed).toBe(parent.operations.includes(createGrant) && !wider && !otherOperations);
      }),
      { numRuns: 300 },
    );
  });

  it('remembers what created it, and stays when that ends', async () => {
    const parent = await service.grant({ operations: [createGrant, describeKey] });
    const child = await service.as('bob').createGrant({ ...toCarol(), operations: [describeKey] });
    await service.as('alice').revokeGrant({ key_id: service.keyId, grant_id: parent.grant_id });
    const { grants } = await service.as('alice').listGrants({ key_id: service.keyId });
    expect(grants).toMatchObject([
      { grant_id: child.grant_id, parent_grant_id: parent.grant_id, issuing_principal: service.arn('bob') },
    ]);
    await expect(service.as('carol').describeKey({ key_id: service.keyId })).resolves.toBeDefined();
    await expect(service.as('bob').createGrant({ ...toCarol(), operations: [describeKey] })).rejects.toThrow(
      refusal('ACCESS_DENIED'),
    );
  });

  it('has no parent when a policy allows it too', async () => {
    await service.grant({ operations: [createGrant, describeKey] });
    await service.putPolicy([allow('alice', 'kms:*'), allow('bob', 'kms:CreateGrant')]);
    await service.as('bob').createGrant({ ...toCarol(), operations: ['GRANT_OPERATION_DECRYPT'] });
    const { grants } = await service.as('alice').listGrants({ key_id: service.keyId, grantee_principal: service.arn('carol') });
    expect(grants).toMatchObject([{ parent_grant_id: '' }]);
  });

  it('is denied by a policy that denies it', async () => {
    await service.grant({ operations: [createGrant, describeKey] });
    await service.putPolicy([allow('alice', 'kms:*'), { ...allow('bob', 'kms:CreateGrant'), Effect: 'Deny' }]);
    await expect(service.as('bob').createGrant({ ...toCarol(), operations: [describeKey] })).rejects.toThrow(
      refusal('ACCESS_DENIED'),
    );
  });

  it('is the end of a chain of five', async () => {
    const operations = [createGrant, describeKey] as const;
    const chain = ['bob', 'carol', 'dave', 'erin', 'frank', 'grace'];
    for (const name of chain.slice(3)) await service.add(name);
    await service.grant({ operations: [...operations] });
    const give = (from: number) =>
      service
        .as(chain[from] ?? '')
        .createGrant({ key_id: service.keyId, grantee_principal: service.arn(chain[from + 1] ?? ''), operations: [...operations] });
    for (let from = 0; from < 4; from++) await expect(give(from)).resolves.toBeDefined();
    await expect(give(4)).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
  });
});

type Scope = { readonly operations: readonly OperationName[]; readonly constraints: Constraints };
type OperationName = (typeof contextOperations)[number] | (typeof otherOperationNames)[number];
type Context = Readonly<Record<string, string>>;
type Constraints = { readonly equals: Context } | { readonly subset: Context } | undefined;

const createGrant = 'GRANT_OPERATION_CREATE_GRANT';
const describeKey = 'GRANT_OPERATION_DESCRIBE_KEY';
const contextOperations = ['GRANT_OPERATION_ENCRYPT', 'GRANT_OPERATION_DECRYPT'] as const;
const otherOperationNames = [createGrant, describeKey] as const;

/** Whether a grant allows an operation in a context: what AWS KMS documents, said once more. */
function covers({ operations, constraints }: Scope, operation: OperationName, context: Context): boolean {
  if (!operations.includes(operation)) return false;
  if (constraints === undefined) return true;
  const wanted = Object.entries('equals' in constraints ? constraints.equals : constraints.subset);
  const isThere = wanted.every(([name, value]) => context[name] === value);
  return isThere && ('subset' in constraints || Object.keys(context).length === wanted.length);
}

function requestOf({ operations, constraints }: Scope): CreateGrantRequest {
  if (constraints === undefined) return { operations: [...operations] };
  const message =
    'equals' in constraints ? { encryption_context_equals: constraints.equals } : { encryption_context_subset: constraints.subset };
  return { operations: [...operations], constraints: message };
}

function toCarol(): CreateGrantRequest {
  return { key_id: service.keyId, grantee_principal: service.arn('carol') };
}

async function wasCreated(creating: Promise<unknown>): Promise<boolean> {
  try {
    await creating;
    return true;
  } catch (error) {
    if (error instanceof KmsError && error.reason === 'ACCESS_DENIED') return false;
    throw error;
  }
}

/** Every context that two values of two names make, and one with a name that no constraint has. */
const contexts: readonly Context[] = [undefined, '1', '2'].flatMap((a) =>
  [undefined, '1', '2'].flatMap((b) =>
    [undefined, '1'].map((c) =>
      Object.fromEntries(Object.entries({ a, b, c }).filter((pair): pair is [string, string] => pair[1] !== undefined)),
    ),
  ),
);
const pairs = fc.constantFrom(...contexts.filter((context) => !('c' in context) && Object.keys(context).length > 0));
const constraints: fc.Arbitrary<Constraints> = fc.oneof(
  fc.constant(undefined),
  pairs.map((equals) => ({ equals })),
  pairs.map((subset) => ({ subset })),
);
/** With an operation that has a context: constraints are for those. */
const children: fc.Arbitrary<Scope> = fc
  .record({
    some: fc.subarray([...contextOperations], { minLength: 1 }),
    others: fc.subarray([...otherOperationNames]),
    constraints,
  })
  .map((scope) => ({ operations: [...scope.some, ...scope.others], constraints: scope.constraints }));
const parents = fc.oneof(
  {
    weight: 9,
    arbitrary: children.map((scope) => ({ ...scope, operations: [...new Set([...scope.operations, createGrant] as const)] })),
  },
  { weight: 1, arbitrary: children },
);
