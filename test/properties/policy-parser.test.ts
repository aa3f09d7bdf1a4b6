import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionsMatching } from '../../src/access/actions.ts';
import { conditionKeyText } from '../../src/access/condition-keys.ts';
import { comparison } from '../../src/access/condition-operators.ts';
import { parsePolicy } from '../../src/access/parse-policy.ts';
import type { Condition, PolicyDocument, PolicyKind, PrincipalClause, Statement } from '../../src/access/policy-document.ts';
import { piecesOf } from '../../src/access/policy-variables.ts';
import { resourceComparison } from '../../src/access/resource-pattern.ts';
import { keyPolicy, policyOf, scope } from '../access/example-policy.ts';
import { nearPolicies } from './policy-documents.ts';

describe('the corpus of policies', () => {
  it.each(corpus('accepted'))('%s is accepted', (_, text) => {
    expect(parsePolicy(text, { kind: 'identity', scope }).problems).toBeUndefined();
  });

  it.each(corpus('refused'))('%s is refused', (_, text) => {
    expect(parsePolicy(text, { kind: 'identity', scope }).problems).not.toBeUndefined();
  });
});

describe('whatever is put as a policy', () => {
  const [policies, others] = [corpus('accepted'), corpus('refused')].map((seeds) => seeds.map(([, text]) => text).filter(isShort));
  const ofKeys = [
    keyPolicy({ Principal: { AWS: ['*', scope.account] } }),
    keyPolicy({ Principal: undefined, NotPrincipal: { AWS: scope.account } }),
  ];
  const text = nearPolicies([...(policies ?? []), ...ofKeys], others ?? []);
  const kind = fc.constantFrom<PolicyKind>('key', 'identity', 'identity');

  it('is refused with problems that say where, or read into a tree that says all of it', () => {
    const outcomes = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(text, kind, (policy, of) => {
        const parsed = parsePolicy(policy, { kind: of, scope });
        outcomes[parsed.problems === undefined ? 'accepted' : 'refused']++;
        if (parsed.problems === undefined) return expectWholeTree(parsed.document, policy, of);
        expect(parsed.problems.length).toBeGreaterThan(0);
        expect(parsed.problems.length).toBeLessThanOrEqual(20);
        const lines = policy.split('\n');
        for (const { line, column, path, message } of parsed.problems) {
          expect(`${path} ${message}`).toMatch(shortLine);
          expect(column).toBeGreaterThan(0);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        }
      }),
      { numRuns: 4000 },
    );
    // The generator is worth something only while it makes both.
    expect(outcomes.accepted).toBeGreaterThan(200);
    expect(outcomes.refused).toBeGreaterThan(200);
  });
});

/** Whatever the document holds. */
const shortLine = /^[^\p{Cc}\p{Cs}]{10,800}$/u;

function isShort(text: string): boolean {
  return text.length < 4000;
}

/** The tree, written as a document again, is the same tree; and what is compiled from it compiles. */
function expectWholeTree(document: PolicyDocument, text: string, kind: PolicyKind): void {
  expect(() => JSON.parse(text) as unknown).not.toThrow();
  const again = parsePolicy(written(document), { kind, scope });
  expect(again.problems).toBeUndefined();
  expect('document' in again ? again.document : undefined).toEqual(document);
  for (const { action, resource, conditions } of document.statements) {
    expect(action.patterns.map(actionsMatching)).toHaveLength(action.patterns.length);
    for (const pattern of resource.patterns) resourceComparison(pattern, document.version)('arn:aws:kms:a:b:key/c', () => '*');
    for (const { operator, values } of conditions) {
      if (operator === 'Null') continue;
      for (const value of values) comparison(operator, piecesOf(value, document.version))('10.0.0.1', () => '*');
    }
  }
}

function written({ version, statements }: PolicyDocument): string {
  return JSON.stringify({ Version: version, Statement: statements.map(writtenStatement) });
}

function writtenStatement({ sid, effect, principal, action, resource, conditions }: Statement): object {
  return {
    Sid: sid,
    Effect: effect,
    ...(principal && { [principal.negated ? 'NotPrincipal' : 'Principal']: { AWS: writtenPrincipals(principal) } }),
    [action.negated ? 'NotAction' : 'Action']: action.patterns,
    [resource.negated ? 'NotResource' : 'Resource']: resource.patterns,
    ...(conditions.length > 0 && { Condition: writtenConditions(conditions) }),
  };
}

function writtenPrincipals({ everyone, account, arns }: PrincipalClause): readonly string[] {
  return [...(everyone ? ['*'] : []), ...(account ? [scope.account] : []), ...arns];
}

function writtenConditions(conditions: readonly Condition[]): object {
  const operators = new Map<string, Record<string, readonly string[]>>();
  for (const { operator, qualifier, ifExists, key, values } of conditions) {
    const name = `${qualifier === undefined ? '' : `${qualifier}:`}${operator}${ifExists ? 'IfExists' : ''}`;
    operators.set(name, { ...operators.get(name), [conditionKeyText(key)]: values });
  }
  return Object.fromEntries(operators);
}

describe('a hostile policy of 32 KiB', () => {
  it.each([
    ['nested', '['.repeat(32_000)],
    ['nested objects', '{"a":'.repeat(6000)],
    ['members', `{${Array.from({ length: 3000 }, (_, index) => `"${index}":0`).join(',')}}`],
    ['escapes', `"${'\\u0041'.repeat(5400)}"`],
    ['digits', '1'.repeat(32_000)],
    ['statements', policyOf(...Array.from({ length: 3500 }, () => ({ a: 1 })))],
    ['actions', keyPolicy({ Action: Array.from({ length: 4000 }, () => 'kms:*') })],
    ['unknown actions', keyPolicy({ Action: Array.from({ length: 2600 }, () => 'kms:a*b') })],
    ['stars in an action', keyPolicy({ Action: `kms:${'*a'.repeat(16_000)}` })],
    ['question marks in an action', keyPolicy({ Action: `kms:*${'?'.repeat(32_000)}` })],
    ['resources', keyPolicy({ Resource: Array.from({ length: 2000 }, () => 'arn:*:x:*:*:*') })],
    ['colons in a resource', keyPolicy({ Resource: `arn${':'.repeat(32_000)}` })],
    ['variables', keyPolicy({ Resource: `arn:aws:kms:us-east-1:111122223333:${'${*}'.repeat(8000)}` })],
    ['unclosed variables', keyPolicy({ Resource: `arn:aws:kms:us-east-1:111122223333:${'${'.repeat(16_000)}` })],
    [
      'unclosed defaults',
      keyPolicy({ Resource: `arn:aws:kms:us-east-1:111122223333:\${aws:userid,${' '.repeat(16_000)}${"'".repeat(16_000)}` }),
    ],
    ['spaces in a variable', keyPolicy({ Resource: `arn:aws:kms:us-east-1:111122223333:\${${'a,'.repeat(16_000)}` })],
    ['condition values', keyPolicy({ Condition: { IpAddress: { 'aws:SourceIp': Array.from({ length: 3000 }, () => '1:::1') } } })],
    ['long dates', keyPolicy({ Condition: { DateEquals: { 'aws:CurrentTime': '9'.repeat(32_000) } } })],
  ])('%s is decided in milliseconds of the processor', (_, text) => {
    expect(Math.min(...[1, 2, 3].map(() => processorMsFor(text)))).toBeLessThan(maxProcessorMs);
  });
});

/** Not the time that passes, in which other processes run too. */
function processorMsFor(text: string): number {
  const begun = process.cpuUsage();
  parsePolicy(text, { kind: 'key', scope });
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

/** Several times what the slowest takes; what is not linear takes seconds. */
const maxProcessorMs = 200;

function corpus(folder: 'accepted' | 'refused'): [string, string][] {
  const path = join(import.meta.dirname, '../fuzz/corpus/policy', folder);
  return readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]);
}
