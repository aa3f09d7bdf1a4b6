import { isDeepStrictEqual } from 'node:util';
import { type CompiledPolicy, type PrincipalBindings, compileIdentityPolicy, compileKeyPolicy } from '../access/compile-policy.ts';
import type { Group } from '../access/group.ts';
import type { PolicyOwner } from '../access/decision.ts';
import { parsePolicy } from '../access/parse-policy.ts';
import type { PolicyDocument, PolicyKind } from '../access/policy-document.ts';
import type { PolicyHolder } from '../access/policy-holder.ts';
import type { PrincipalId } from '../access/principal.ts';
import { readyPolicy } from '../access/ready-policies.ts';
import { BoundedMap } from '../keyring/bounded-map.ts';
import type { PrincipalSnapshot } from '../keyring/directory.ts';
import type { ArnScope } from '../keys/arn.ts';
import { defaultKeyPolicy } from '../keys/default-key-policy.ts';
import type { Key, PolicyPrincipal } from '../keys/key.ts';

/**
 * The policies of what is in memory, each compiled with the first decision after its owner was loaded or changed. Of key policies those
 * that were used last are kept, by their text, so that a list finds those of the keys that it reads anew.
 */
export class CompiledPolicies {
  readonly #scope: ArnScope;
  readonly #ofKeys = new BoundedMap<string, CompiledKeyPolicy>(maxPolicyCharacters, ({ characters }) => characters);
  readonly #ofPrincipals = new WeakMap<PrincipalSnapshot, readonly CompiledPolicy[]>();
  readonly #ofGroups = new WeakMap<Group, readonly CompiledPolicy[]>();
  /** Of keys that have none of their own. */
  readonly #default: CompiledPolicy;

  constructor(scope: ArnScope) {
    this.#scope = scope;
    this.#default = compileKeyPolicy(this.#parsed(defaultKeyPolicy(scope), 'key'), new Map());
  }

  /** Of a key, or of one that there is not: then the default one. */
  ofKey(key: Key | undefined): CompiledPolicy {
    if (key?.policy === undefined) return this.#default;
    const { policy, policyPrincipals: principals = none } = key;
    const known = this.#ofKeys.get(policy);
    if (known !== undefined && isSame(known.principals, principals)) return known.compiled;
    const compiled = compileKeyPolicy(this.#parsed(policy, 'key'), bindingsOf(principals));
    this.#ofKeys.set(policy, { compiled, principals, characters: policy.length });
    return compiled;
  }

  /** Identity policies: the principal's own, then those of its groups. */
  ofPrincipal(snapshot: PrincipalSnapshot): readonly CompiledPolicy[] {
    const known = this.#ofPrincipals.get(snapshot);
    if (known !== undefined) return known;
    const own = this.#compiled(snapshot.principal, { kind: 'principal' });
    const compiled = [...own, ...snapshot.groups.flatMap((group) => this.#ofGroup(group))];
    this.#ofPrincipals.set(snapshot, compiled);
    return compiled;
  }

  #ofGroup(group: Group): readonly CompiledPolicy[] {
    const known = this.#ofGroups.get(group);
    if (known !== undefined) return known;
    const compiled = this.#compiled(group, { kind: 'group', name: group.name });
    this.#ofGroups.set(group, compiled);
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
function bindingsOf(principals: readonly PolicyPrincipal[]): PrincipalBindings {
  return new Map(principals.map(([arn, principalId]) => [arn, principalId as PrincipalId]));
}

/** The same text may have been put when its names were those of others. */
function isSame(a: readonly PolicyPrincipal[], b: readonly PolicyPrincipal[]): boolean {
  return a === b || isDeepStrictEqual(a, b);
}

interface CompiledKeyPolicy {
  readonly compiled: CompiledPolicy;
  readonly principals: readonly PolicyPrincipal[];
  readonly characters: number;
}

const none: readonly PolicyPrincipal[] = [];
/** A character of a policy comes to some 20 bytes at most. */
const maxPolicyCharacters = 4 * 1024 * 1024;
