import { describe, expect, it } from 'vitest';
import { authorize } from '../../src/access/authorize.ts';
import { actionDecisions, resourceDecisions } from './decisions/actions-and-resources.ts';
import { defaultPolicyDecisions, directDecisions, explicitDenyDecisions, withoutKeyDecisions } from './decisions/combining.ts';
import { grantKeepingDecisions } from './decisions/grants-of-grants.ts';
import { constraintDecisions, grantDecisions } from './decisions/grants.ts';
import { notPrincipalDecisions, principalDecisions } from './decisions/principals.ts';
import { type Row, type Situation, type StatementJson, allow } from './decisions/row.ts';
import { setDecisions } from './decisions/sets.ts';
import { stringDecisions } from './decisions/strings.ts';
import { timeDecisions } from './decisions/times.ts';
import { typedDecisions } from './decisions/typed-values.ts';
import { variableDecisions } from './decisions/variables.ts';
import { isAllowed } from './reference-evaluator.ts';
import { caseOf, referenceCaseOf, requestOf, sourcesOf } from './situation.ts';

/** Decisions that AWS's documentation, or ours, says the outcome of; neither what is tested nor the reference has a say in them. */
const tables = {
  'the default key policy': defaultPolicyDecisions,
  'named in the key policy': directDecisions,
  'an explicit Deny': explicitDenyDecisions,
  'where no key is at stake': withoutKeyDecisions,
  principals: principalDecisions,
  NotPrincipal: notPrincipalDecisions,
  actions: actionDecisions,
  resources: resourceDecisions,
  'string operators': stringDecisions,
  'numbers, booleans, addresses, ARNs, dates': typedDecisions,
  'keys of several values': setDecisions,
  'policy variables': variableDecisions,
  'the time': timeDecisions,
  grants: grantDecisions,
  'constraints of grants': constraintDecisions,
  'retiring grants and creating them by a grant': grantKeepingDecisions,
} as const satisfies Record<string, readonly Row[]>;

describe.each(Object.entries(tables))('%s', (_, rows) => {
  it.each(rows)('$name: $allowed ($why)', ({ situation, allowed }) => {
    const one = caseOf(situation);
    expect(authorize(requestOf(one), sourcesOf(one)).allowed, 'by src/access').toBe(allowed);
    expect(isAllowed(referenceCaseOf(one)), 'by the reference evaluator').toBe(allowed);
  });
});

/** A condition that holds must also make a Deny apply, and one that does not must leave it alone. */
describe('conditions in a Deny', () => {
  const rows = [...stringDecisions, ...typedDecisions, ...setDecisions, ...timeDecisions].flatMap(asDeny);

  it.each(rows)('$name: $allowed', ({ situation, allowed }) => {
    const one = caseOf(situation);
    expect(authorize(requestOf(one), sourcesOf(one)).allowed).toBe(allowed);
  });
});

it('has enough of them', () => {
  const rows = Object.values(tables).flat();
  expect(rows.length).toBeGreaterThanOrEqual(350);
  expect(new Set(rows.map(({ name, situation }) => name + JSON.stringify(situation))).size).toBe(rows.length);
});

/** Of an Allow with a condition, the same condition in a Deny beside an Allow of everything. */
function asDeny({ name, situation, allowed }: Row): { name: string; situation: Situation; allowed: boolean }[] {
  const [statement, ...others] = situation.keyPolicy ?? [];
  if (statement?.['Condition'] === undefined || others.length > 0) return [];
  const denying: StatementJson = { ...statement, Effect: 'Deny' };
  return [{ name, situation: { ...situation, keyPolicy: [allow(), denying] }, allowed: !allowed }];
}
