import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../src/access/access-request.ts';
import { authorize } from '../../src/access/authorize.ts';
import { compileIdentityPolicy, compileKeyPolicy } from '../../src/access/compile-policy.ts';
import { type Explanation, explain } from '../../src/access/explain.ts';
import { parsePolicy } from '../../src/access/parse-policy.ts';
import type { PolicyKind } from '../../src/access/policy-document.ts';
import { parsePrincipalId } from '../../src/access/principal.ts';
import { exampleGrant, principalId } from '../keyring/example-access.ts';
import { scope } from '../keyring/open-keyring.ts';

const arn = (path: string) => `arn:aws:iam::${scope.account}:${path}`;
const callers = {
  alice: { principalId: principalId(1), arn: arn('user/token/alice'), path: 'user/token/alice', account: scope.account },
  bob: { principalId: principalId(2), arn: arn('user/token/bob'), path: 'user/token/bob', account: scope.account },
  root: {
    principalId: parsePrincipalId('00000000-0000-0000-0000-000000000000')!,
    arn: arn('root'),
    path: 'root',
    account: scope.account,
  },
};

const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  Action: fc.constantFrom('kms:Decrypt', 'kms:*', 'kms:Encrypt'),
  Resource: fc.constantFrom('*', 'arn:aws:kms:us-east-1:000000000000:key/a'),
});
const condition = fc.record(
  {
    Condition: fc.constantFrom({ StringEquals: { 'kms:EncryptionContext:t': 'a' } }, { Bool: { 'aws:SecureTransport': 'false' } }),
  },
  { requiredKeys: [] },
);
const identityStatement = fc.tuple(statement, condition).map(([plain, more]) => ({ ...plain, ...more }));
const keyStatement = fc
  .tuple(identityStatement, fc.constantFrom('*', { AWS: arn('root') }, { AWS: callers.alice.arn }, { AWS: callers.bob.arn }))
  .map(([plain, Principal]) => ({ ...plain, Principal }));

const situation = fc.record({
  caller: fc.constantFrom(callers.alice, callers.bob, callers.root),
  action: fc.constantFrom('kms:Decrypt', 'kms:Encrypt', 'kms:DisableKey'),
  context: fc.constantFrom(undefined, 'a', 'b'),
  keyPolicy: fc.option(fc.array(keyStatement, { minLength: 1, maxLength: 4 }), { nil: undefined }),
  identityPolicies: fc.array(fc.array(identityStatement, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
  grants: fc.array(fc.constantFrom('Decrypt', 'Encrypt'), { maxLength: 2 }),
});

describe('an explanation', () => {
  it('agrees with the decision, and its statements and grants account for it', () => {
    fc.assert(
      fc.property(situation, ({ caller, action, context, keyPolicy, identityPolicies, grants }) => {
        const request: AccessRequest = {
          caller,
          action,
          resource: 'arn:aws:kms:us-east-1:000000000000:key/a',
          attributes: (name) => (name === 'kms:EncryptionContext' ? context : undefined),
          now: 0,
        };
        const sources = {
          ...(keyPolicy && { keyPolicy: compileKeyPolicy(parsed(keyPolicy, 'key'), bindings) }),
          identityPolicies: identityPolicies.map((statements, index) =>
            compileIdentityPolicy(parsed(statements, 'identity'), {
              kind: 'identity-policy',
              name: `${index}`,
              owner: { kind: 'principal' },
            }),
          ),
          grants: grants.map((operation, index) => exampleGrant(index, { operations: [operation], granteeId: caller.principalId })),
          counter: 7,
        };
        const explanation = explain(request, sources);
        const { decision } = explanation;
        const decided = authorize(request, sources);
        expect([decision.allowed, decision.by]).toEqual([decided.allowed, decided.by]);
        expect(decision.allowed).toBe(accounted(explanation, caller.path === 'root', keyPolicy !== undefined));
      }),
      { numRuns: 2000 },
    );
  });
});

/** What AWS says of one account, from nothing but what the explanation shows. */
function accounted({ policies, grants }: Pick<Explanation, 'policies' | 'grants'>, isRoot: boolean, hasKey: boolean): boolean {
  const applying = policies.flatMap(({ source, statements }) =>
    statements.filter(({ mismatches }) => mismatches.length === 0).map((applied) => ({ ...applied, kind: source.kind })),
  );
  if (applying.some(({ effect }) => effect === 'Deny')) return false;
  const ofKey = applying.filter(({ kind }) => kind === 'key-policy');
  const ofIdentity = isRoot || applying.some(({ kind }) => kind === 'identity-policy');
  if (!hasKey) return ofIdentity;
  return ofKey.some(({ names }) => names === 'caller') || (ofKey.length > 0 && ofIdentity) || grants.some(({ allows }) => allows);
}

function parsed(statements: readonly object[], kind: PolicyKind) {
  const policy = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), { kind, scope });
  if (policy.problems !== undefined) throw new Error(JSON.stringify(policy.problems));
  return policy.document;
}

const bindings = new Map([callers.alice, callers.bob].map((caller) => [caller.arn, caller.principalId]));
