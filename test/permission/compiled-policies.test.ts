import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ActionName } from '../../src/access/actions.ts';
import { CompiledPolicies } from '../../src/permission/compiled-policies.ts';
import { testScope } from '../fakes/callers.ts';
import { exampleKey } from '../keys/example-key.ts';

describe('compiled key policies', () => {
  it('take memory in proportion to their text, and only those that were used last', () => {
    const policies = new CompiledPolicies(testScope);
    const keys = Array.from({ length: 200 }, (_, index) => ({ ...exampleKey(), policy: greatestPolicy(index) }));
    const before = heapMiB();
    for (const key of keys) for (const action of actions) expect(policies.ofKey(key).about(action).allows).toHaveLength(statements);
    expect(heapMiB() - before).toBeLessThan(100);
    expect(keys).toHaveLength(200);
  });

  it('are the same for keys that are read anew, as long as their names are those of the same principals', () => {
    const policies = new CompiledPolicies(testScope);
    const arn = 'arn:aws:iam::000000000000:user/token/alice';
    const policy = policyOf([{ Effect: 'Allow', Principal: { AWS: arn }, Action: 'kms:Encrypt', Resource: '*' }]);
    const bound = (principalId: string) => ({
      ...exampleKey(),
      policy,
      policyPrincipals: [[arn, principalId]] as const,
    });
    const first = policies.ofKey(bound('one'));
    expect(policies.ofKey(bound('one'))).toBe(first);
    expect(policies.ofKey(bound('two'))).not.toBe(first);
  });
});

const statements = 380;
const actions: readonly ActionName[] = ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'];

/** As many statements as there can be, padded: no two keys have the same text. */
function greatestPolicy(index: number): string {
  const statement = (of: number) => ({ Effect: 'Allow', Principal: '*', Action: `kms:${'*'.repeat(1 + (of % 9))}`, Resource: '*' });
  return policyOf(Array.from({ length: statements }, (_, of) => statement(of + index))).padEnd(32 * 1024 - index);
}

function policyOf(of: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: of });
}

function heapMiB(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
