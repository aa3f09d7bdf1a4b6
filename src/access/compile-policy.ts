import type { AccessRequest, Caller } from './access-request.ts';
import { type ActionName, ActionSet } from './actions.ts';
import type { Attribute, AttributeReads } from './attributes.ts';
import { type CompiledCondition, compileCondition } from './compile-condition.ts';
import { type CompiledResource, compileResource } from './compile-resource.ts';
import type { PolicySource, StatementOfPolicy } from './decision.ts';
import type { PolicyDocument, PrincipalClause, Statement } from './policy-document.ts';
import type { PolicyVersion } from './policy-version.ts';
import type { PrincipalId } from './principal.ts';

/** A policy document made ready to decide by. */
export interface CompiledPolicy {
  readonly source: PolicySource;
  /** What any of its statements may read, each once. Constraints of grants read the encryption context besides. */
  readonly reads: readonly Attribute[];
  /** As in the document. */
  readonly statements: readonly CompiledStatement[];
  /** Those that are about an action, so that nobody looks at the others. */
  readonly about: (action: ActionName) => StatementsAboutAction;
}

interface StatementsAboutAction {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

export interface CompiledStatement {
  readonly source: StatementOfPolicy;
  readonly effect: 'Allow' | 'Deny';
  /** Whom it is about: the caller, the account that the caller is of, or neither. */
  readonly names: (caller: Caller) => 'caller' | 'account' | 'nobody';
  readonly actions: ActionSet;
  readonly resource: CompiledResource;
  readonly conditions: readonly CompiledCondition[];
}

/** The ids of the principals that a key policy names, by ARN: fixed when it was put. */
export type PrincipalBindings = ReadonlyMap<string, PrincipalId>;

/** Compiles a key policy. Throws when the bindings miss a principal: what was stored does not fit together. */
export function compileKeyPolicy(document: PolicyDocument, bindings: PrincipalBindings): CompiledPolicy {
  return compile(document, { kind: 'key-policy' }, ({ principal, effect }) => {
    if (principal === undefined) throw new Error('A statement of a key policy has no principal.');
    return compilePrincipal(principal, effect, bindings);
  });
}

/** Compiles a policy of a principal or a group: it is about whoever it belongs to. */
export function compileIdentityPolicy(
  document: PolicyDocument,
  source: Extract<PolicySource, { kind: 'identity-policy' }>,
): CompiledPolicy {
  return compile(document, source, () => () => 'caller');
}

/** Whether resource and conditions of a statement about the request's action fit. Whom it names is asked apart from this. */
export function applies({ resource, conditions }: CompiledStatement, request: AccessRequest, reads: AttributeReads): boolean {
  if (!resource.matches(request, reads)) return false;
  for (const { holds } of conditions) if (!holds(request, reads)) return false;
  return true;
}

function compile(
  { version, statements }: PolicyDocument,
  source: PolicySource,
  whomOf: (statement: Statement) => CompiledStatement['names'],
): CompiledPolicy {
  const compiled = statements.map((statement) => compileStatement(statement, { version, source, names: whomOf(statement) }));
  const byAction = new Map<ActionName, StatementsAboutAction>();
  return {
    source,
    reads: distinct(compiled.flatMap(({ resource, conditions }) => [resource, ...conditions].flatMap(({ reads }) => reads))),
    statements: compiled,
    about: (action) => {
      const known = byAction.get(action);
      if (known !== undefined) return known;
      const about = statementsAbout(action, compiled);
      byAction.set(action, about);
      return about;
    },
  };
}

function statementsAbout(action: ActionName, statements: readonly CompiledStatement[]): StatementsAboutAction {
  const about = statements.filter(({ actions: of }) => of.has(action));
  return {
    denies: about.filter(({ effect }) => effect === 'Deny'),
    allows: about.filter(({ effect }) => effect === 'Allow'),
  };
}

function compileStatement(
  { index, sid, effect, action, resource, conditions }: Statement,
  { version, source, names }: { readonly version: PolicyVersion; readonly source: PolicySource } & Pick<CompiledStatement, 'names'>,
): CompiledStatement {
  return {
    source: { kind: 'statement', policy: source, index, sid },
    effect,
    names,
    // A pattern may stand for no action of ours at all, but for some of AWS's.
    actions: new ActionSet(action.patterns, action.negated),
    resource: compileResource(resource, version),
    conditions: conditions.map((condition) => compileCondition(condition, version)),
  };
}

/**
 * NotPrincipal names everybody but those it lists. The account among them exempts from a Deny only itself, and leaves nobody to
 * an Allow.
 */
function compilePrincipal(
  { negated, everyone, account, arns }: PrincipalClause,
  effect: 'Allow' | 'Deny',
  bindings: PrincipalBindings,
): CompiledStatement['names'] {
  const ids = new Set(arns.map((arn) => bound(arn, bindings)));
  if (!negated) {
    if (everyone) return () => 'caller';
    const others = account ? 'account' : 'nobody';
    return ({ principalId }) => (ids.has(principalId) ? 'caller' : others);
  }
  if (everyone || (account && effect === 'Allow')) return () => 'nobody';
  return ({ principalId, path }) => (ids.has(principalId) || (account && path === 'root') ? 'nobody' : 'caller');
}

function bound(arn: string, bindings: PrincipalBindings): PrincipalId {
  const principalId = bindings.get(arn);
  if (principalId === undefined) throw new Error(`A key policy names ${arn}, but is not bound to a principal of that name.`);
  return principalId;
}

function distinct(attributes: readonly Attribute[]): readonly Attribute[] {
  return [...new Map(attributes.map((attribute) => [`${attribute.name} ${attribute.parameter ?? ''}`, attribute])).values()];
}
