import { expect, it } from 'vitest';
import { type Explanation, explain } from '../../src/access/explain.ts';
import { type Situation, allow, bob, deny, otherKey, wholeAccount } from './decisions/row.ts';
import { caseOf, requestOf, sourcesOf } from './situation.ts';

const tenant = 'kms:EncryptionContext:tenant';

it('says of each statement what does not fit, all of it', () => {
  const { policies, decision } = explained({
    attributes: { [tenant]: 'red', 'aws:TagKeys': ['a'] },
    keyPolicy: [
      allow({ Sid: 'Trust', Principal: wholeAccount, Action: 'kms:*' }),
      allow({ Principal: { AWS: bob }, Action: 'kms:Decrypt', Resource: otherKey }),
      allow({ Condition: { StringEquals: { [tenant]: 'blue' }, Null: { 'kms:KeySpec': 'true' } } }),
    ],
    identity: [
      [
        deny({
          Condition: { 'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': 'b*' }, ArnLike: { 'aws:SourceArn': 'arn:*:*:*:*:*' } },
        }),
      ],
    ],
  });
  expect(decision).toMatchObject({ allowed: false, by: { kind: 'nothing' } });
  expect(policies).toEqual([
    {
      source: { kind: 'key-policy' },
      statements: [
        { index: 0, sid: 'Trust', effect: 'Allow', names: 'account', mismatches: [] },
        {
          index: 1,
          sid: undefined,
          effect: 'Allow',
          names: 'nobody',
          mismatches: [{ element: 'principal' }, { element: 'action' }, { element: 'resource' }],
        },
        {
          index: 2,
          sid: undefined,
          effect: 'Allow',
          names: 'caller',
          mismatches: [{ element: 'condition', operator: 'StringEquals', key: tenant }],
        },
      ],
    },
    {
      source: { kind: 'identity-policy', name: 'policy-0', owner: { kind: 'principal' } },
      statements: [
        {
          index: 0,
          sid: undefined,
          effect: 'Deny',
          names: 'caller',
          mismatches: [
            { element: 'condition', operator: 'ForAnyValue:StringLikeIfExists', key: 'aws:TagKeys' },
            { element: 'condition', operator: 'ArnLike', key: 'aws:SourceArn' },
          ],
        },
      ],
    },
  ]);
});

it('says of each grant whether it allows', () => {
  const { grants, decision } = explained({
    grants: [
      { grantee: 'alice', operations: ['Encrypt'], subset: { tenant: 'blue' } },
      { grantee: 'alice', operations: ['Encrypt'] },
    ],
  });
  expect(grants.map(({ allows }) => allows)).toEqual([false, true]);
  expect(decision.by).toEqual({ kind: 'grant', grantId: grants[1]?.grantId });
});

it('looks at what a decision need not look at', () => {
  const { policies, decision } = explained({ keyPolicy: [deny(), allow({ Condition: { StringEquals: { [tenant]: 'x' } } })] });
  expect(decision.reads.list()).toEqual([]);
  expect(policies[0]?.statements.map(({ mismatches }) => mismatches.length)).toEqual([0, 1]);
});

it('has no key policy where no key is at stake', () => {
  expect(
    explained({ action: 'kms:CreateKey', resource: '*', identity: [[allow()]] }).policies.map(({ source }) => source.kind),
  ).toEqual(['identity-policy']);
});

function explained(situation: Situation): Explanation {
  const one = caseOf(situation);
  return explain(requestOf(one), sourcesOf(one));
}
