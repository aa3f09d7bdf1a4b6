import { describe, expect, it } from 'vitest';
import { actions } from '../../src/access/actions.ts';
import { type Grant, grantOperationOf, grantOperations, requireShallow } from '../../src/access/grant.ts';
import { grantOf } from './situation.ts';

/** What a grant allows, and what may be created by one, is in the tables of decisions/grants*.ts. */
describe('the operations of grants', () => {
  it('are those of AWS KMS that this service has', () => {
    expect(Object.keys(grantOperations).toSorted()).toEqual([
      'CreateGrant',
      'Decrypt',
      'DescribeKey',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
      'RetireGrant',
    ]);
  });

  it('are actions, each of its own', () => {
    for (const [operation, { action }] of Object.entries(grantOperations)) {
      expect(actions).toHaveProperty([action]);
      expect(grantOperationOf(action)).toBe(operation);
    }
    expect(grantOperationOf('kms:ScheduleKeyDeletion')).toBeUndefined();
  });
});

describe('a chain of grants', () => {
  it('has five links at most', () => {
    const grants = chain(5);
    expect(() => requireShallow(grants[3]!, byId(grants))).not.toThrow();
    expect(() => requireShallow(grants[4]!, byId(grants))).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }));
  });

  it('is counted from what still is', () => {
    const grants = chain(5);
    expect(() => requireShallow(grants[4]!, byId(grants.slice(1)))).not.toThrow();
  });

  it('ends, should it go in a circle', () => {
    const grants = chain(2);
    const circle = [{ ...grants[0]!, parentGrantId: grants[1]!.grantId }, grants[1]!];
    expect(() => requireShallow(circle[1]!, byId(circle))).toThrow(expect.objectContaining({ reason: 'LIMIT_EXCEEDED' }));
  });
});

/** Grants of which each was created by the one before. */
function chain(length: number): readonly Grant[] {
  const grants = Array.from({ length }, (_, index) => grantOf({ grantee: 'alice', operations: ['CreateGrant'] }, index, 'alice'));
  return grants.map((grant, index) => (index === 0 ? grant : { ...grant, parentGrantId: grants[index - 1]!.grantId }));
}

function byId(grants: readonly Grant[]): (grantId: string) => Grant | undefined {
  return (grantId) => grants.find((grant) => grant.grantId === grantId);
}
