import type { AccessRequest } from './access-request.ts';
import { AttributeReads } from './attributes.ts';
import { type AccessSources, authorize, grantAllows } from './authorize.ts';
import type { CompiledPolicy, CompiledStatement } from './compile-policy.ts';
import { conditionKeyText } from './condition-keys.ts';
import type { Decision, PolicySource } from './decision.ts';
import type { Condition } from './policy-document.ts';

/** A decision, and what each statement and grant had to say about it. */
export interface Explanation {
  readonly decision: Decision;
  /** The key policy first, where a key is at stake. */
  readonly policies: readonly PolicyTrace[];
  readonly grants: readonly GrantTrace[];
}

export interface PolicyTrace {
  readonly source: PolicySource;
  readonly statements: readonly StatementTrace[];
}

export interface StatementTrace {
  /** From 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Whom it is about. An Allow that names the account leaves it to identity policies whom of it to allow. */
  readonly names: 'caller' | 'account' | 'nobody';
  /** All that does not fit the request; nothing when the statement applies. */
  readonly mismatches: readonly Mismatch[];
}

export type Mismatch =
  | { readonly element: 'principal' | 'action' | 'resource' }
  | {
      readonly element: 'condition';
      /** As the document has it: `ForAnyValue:StringLike`. */
      readonly operator: string;
      readonly key: string;
    };

export interface GrantTrace {
  readonly grantId: string;
  readonly allows: boolean;
}

/** Decides, and looks at everything: also at what `authorize` need not, once it knows the answer. */
export function explain(request: AccessRequest, sources: AccessSources): Explanation {
  const { keyPolicy, identityPolicies, grants } = sources;
  const policies = keyPolicy === undefined ? identityPolicies : [keyPolicy, ...identityPolicies];
  return {
    decision: authorize(request, sources),
    policies: policies.map((policy) => tracePolicy(policy, request)),
    grants: grants.map((grant) => ({ grantId: grant.grantId, allows: grantAllows(grant, request, new AttributeReads()) })),
  };
}

function tracePolicy({ source, statements }: CompiledPolicy, request: AccessRequest): PolicyTrace {
  return { source, statements: statements.map((statement) => traceStatement(statement, request)) };
}

function traceStatement(statement: CompiledStatement, request: AccessRequest): StatementTrace {
  const { source, effect, actions, resource, conditions } = statement;
  const names = statement.names(request.caller);
  const ignored = new AttributeReads();
  const mismatches: readonly (Mismatch | false)[] = [
    names === 'nobody' && { element: 'principal' },
    !actions.has(request.action) && { element: 'action' },
    !resource.matches(request, ignored) && { element: 'resource' },
    ...conditions.map(({ condition, holds }) => !holds(request, ignored) && mismatchOf(condition)),
  ];
  return { index: source.index, sid: source.sid, effect, names, mismatches: mismatches.filter((mismatch) => mismatch !== false) };
}

function mismatchOf({ operator, qualifier, ifExists, key }: Condition): Mismatch {
  const prefix = qualifier === undefined ? '' : `${qualifier}:`;
  return { element: 'condition', operator: `${prefix}${operator}${ifExists ? 'IfExists' : ''}`, key: conditionKeyText(key) };
}
