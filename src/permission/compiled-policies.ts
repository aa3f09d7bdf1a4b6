import { type CompiledPolicy, type PrincipalBindings, compileIdentityPolicy, compileKeyPolicy } from '../access/compile-policy.ts';
import type { PolicyOwner } from '../access/decision.ts';
import { parsePolicy } from '../access/parse-policy.ts';
import type { PolicyDocument, PolicyKind } from '../access/policy-document.ts';
import type { PolicyHolder } from '../access/policy-holder.ts';
import type { PrincipalId } from '../access/principal.ts';
import { readyPolicy } from '../access/ready-policies.ts';
import type { PrincipalSnapshot } from '../keyring/directory.ts';
import type { ArnScope } from '../keys/arn.ts';
import { defaultKeyPolicy } from '../keys/default-key-policy.ts';
import type { Key } from '../keys/key.ts';

/** The policies of what is in memory, each compiled once: with the first decision after its owner was loaded or changed. */
export class CompiledPolicies {
  readonly #scope: ArnScope;
  readonly #ofKeys = new WeakMap<Key, CompiledPolicy>();
  readonly #ofPrincipals = new WeakMap<PrincipalSnapshot, readonly CompiledPolicy[]>();
  /** Of keys that have none of their own. */
  readonly #default: CompiledPolicy;

  constructor(scope: ArnScope) {
    this.#scope = scope;
    this.#default = compileKeyPolicy(this.#parsed(defaultKeyPolicy(scope), 'key'), new Map());
  }

  /** Of a key, or of one that there is not: then the default one. */
  ofKey(key: Key | undefined): CompiledPolicy {
    if (key?.policy === undefined) return this.#default;
    const known = this.#ofKeys.get(key);
    if (known !== undefined) return known;
    const compiled = compileKeyPolicy(this.#parsed(key.policy, 'key'), bindingsOf(key));
    this.#ofKeys.set(key, compiled);
    return compiled;
  }

  /** Identity policies: the principal's own, then those of its groups. */
  ofPrincipal(snapshot: PrincipalSnapshot): readonly CompiledPolicy[] {
    const known = this.#ofPrincipals.get(snapshot);
    if (known !== undefined) return known;
    const own = this.#compiled(snapshot.principal, { kind: 'principal' });
    const compiled = [...own, ...snapshot.groups.flatMap((group) => this.#compiled(group, { kind: 'group', name: group.name }))];
    this.#ofPrincipals.set(snapshot, compiled);
    return compiled;
  }

  #compiled({ readyPolicies = [], inlinePolicies = [] }: PolicyHolder, owner: PolicyOwner): readonly CompiledPolicy[] {
    const source = (name: string) => ({ kind: 'identity-policy', name, owner }) as const;
    return [
      ...readyPolicies.map((name) => compileIdentityPolicy(readyPolicy(name).document, source(name))),
      ...inlinePolicies.map(({ name, document }) => compileIdentityPolicy(this.#parsed(document, 'identity'), source(name))),
    ];
  }

  /** What was stored was parsed when it was put: by this program, or one whose grammar this one has to understand. */
  #parsed(text: string, kind: PolicyKind): PolicyDocument {
    const parsed = parsePolicy(text, { kind, scope: this.#scope });
    if (parsed.problems === undefined) return parsed.document;
    throw new Error(`A stored ${kind} policy is malformed.`, { cause: parsed.problems });
  }
}

/** What the store has was bound when the policy was put; ids of principals are checked where they are made. */
function bindingsOf({ policyPrincipals = [] }: Key): PrincipalBindings {
  return new Map(policyPrincipals.map(([arn, principalId]) => [arn, principalId as PrincipalId]));
}
