import { conditionKeyText } from '../access/condition-keys.ts';
import type { DecidedBy, Decision, PolicySource, StatementOfPolicy } from '../access/decision.ts';
import type { Mismatch, StatementTrace } from '../access/explain.ts';
import { groupArn } from '../access/group.ts';
import { isReadyPolicyName } from '../access/ready-policy-name.ts';
import type { ExplainDecisionResponse } from '../generated/latchkey/v1/ExplainDecisionResponse.ts';
import type { Lockout } from '../identity/lockout.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { ExplainedCall } from '../permission/explained-call.ts';

/** Whose decision it is, where groups are, and what locks the principal out. */
interface Of {
  readonly arn: string;
  readonly path: string;
  readonly scope: ArnScope;
  readonly lockouts: readonly Lockout[];
}

export function explanationMessage(explained: ExplainedCall, of: Of): ExplainDecisionResponse {
  const { decision, policies, grants } = explained;
  return {
    allowed: decision.allowed && of.lockouts.length === 0,
    decided_by: decidedBy(decision, of),
    statements: policies.flatMap(({ source, statements }) =>
      statements.map((statement) => ({
        policy: policyText(source, of),
        index: statement.index,
        sid: statement.sid ?? '',
        effect: statement.effect,
        applies: statement.mismatches.length === 0,
        reason: reasonOf(statement, explained, of),
      })),
    ),
    grant_ids: grants.filter(({ allows }) => allows).map(({ grantId }) => grantId),
    condition_keys_read: decision.reads
      .list()
      .map(({ name, parameter }) => conditionKeyText({ kind: 'known', name, parameter }))
      .toSorted(),
    not_let_in: of.lockouts.map((lockout) => notLetIn[lockout]),
  };
}

/** All elements that do not fit; of a statement that applies, whether it allows no more than that others may. */
function reasonOf({ effect, names, mismatches }: StatementTrace, { values }: ExplainedCall, of: Of): string {
  const isTrust = mismatches.length === 0 && effect === 'Allow' && names === 'account' && of.path !== 'root';
  if (isTrust) return 'Names the account, not the principal: leaves it to identity policies.';
  return mismatches.map((mismatch) => mismatchText(mismatch, values)).join(' ');
}

function mismatchText(mismatch: Mismatch, values: ExplainedCall['values']): string {
  if (mismatch.element !== 'condition') return otherElements[mismatch.element];
  const has = values.get(mismatch.key) ?? [];
  const given = has.length === 0 ? 'the call has none' : `the call has ${has.map((value) => JSON.stringify(value)).join(', ')}`;
  return `${mismatch.operator} of ${mismatch.key} does not hold: ${given}.`;
}

function decidedBy({ allowed, by }: Pick<Decision, 'allowed' | 'by'>, of: Of): string {
  return allowed ? `Allowed by ${whatAllows(by, of)}.` : denial(by, of);
}

function denial(by: DecidedBy, of: Of): string {
  return by.kind === 'statement' ? `Denied by ${statementText(by, of)}.` : 'Denied: no statement and no grant allows it.';
}

function whatAllows(by: DecidedBy, of: Of): string {
  switch (by.kind) {
    case 'statement':
      return statementText(by, of);
    case 'account-trust': {
      const identity = by.identity === 'root' ? 'its caller is the account itself' : statementText(by.identity, of);
      return `${statementText(by.trust, of)}, which leaves it to identity policies, and ${identity}`;
    }
    case 'grant':
      return `grant ${by.grantId}`;
    case 'root':
      return 'what root is: the account itself';
    case 'nothing':
      return 'nothing';
  }
}

function statementText(statement: StatementOfPolicy, of: Of): string {
  const { index, sid } = statement;
  return `statement ${index}${sid === undefined ? '' : ` (${JSON.stringify(sid)})`} of ${policyText(statement.policy, of)}`;
}

function policyText(policy: PolicySource, { arn, scope }: Of): string {
  if (policy.kind === 'key-policy') return 'key policy';
  const kind = isReadyPolicyName(policy.name) ? 'ready policy' : 'identity policy';
  return `${kind} ${policy.name} of ${policy.owner.kind === 'principal' ? arn : groupArn(scope, policy.owner.name)}`;
}

const otherElements = {
  principal: 'Is not about this principal.',
  action: 'Is not about this action.',
  resource: 'Is not about this resource.',
} as const satisfies Record<Exclude<Mismatch['element'], 'condition'>, string>;

const notLetIn = {
  disabled: 'NOT_LET_IN_DISABLED',
  denied: 'NOT_LET_IN_DENIED',
} as const satisfies Record<Lockout, string>;
