import type { AccessRequest, AttributeValue, Caller } from '../access/access-request.ts';
import type { ActionName } from '../access/actions.ts';
import { AttributeReads } from '../access/attributes.ts';
import { type AccessSources, authorize } from '../access/authorize.ts';
import type { CompiledPolicy } from '../access/compile-policy.ts';
import type { ConditionKeyName } from '../access/condition-keys.ts';
import type { DecisionMemo } from '../access/decision-memo.ts';
import type { DecidedBy, Decision } from '../access/decision.ts';
import { type Grant, grantOperationOf } from '../access/grant.ts';
import { KmsError } from '../errors.ts';
import type { Directory } from '../keyring/directory.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import { RefusedRecord } from '../keyring/refused-record.ts';
import { type ArnScope, aliasArn, keyArn } from '../keys/arn.ts';
import type { AliasName } from '../keys/alias.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyReference } from '../keys/key-reference.ts';
import type { Key } from '../keys/key.ts';
import { anyKey, newKeyArn } from './any-key.ts';
import { type CallFacts, type KeyFacts, NotLoaded, attributesOf } from './call-facts.ts';
import type { CompiledPolicies } from './compiled-policies.ts';
import { type ExplainedCall, explainCall } from './explained-call.ts';
import type { Identity } from './identity.ts';
import type { MayDescribe } from './may-describe.ts';

/** What decisions are made with. */
export interface Authority {
  readonly keyring: { key(reference: KeyReference): KeySnapshot | Missing };
  readonly directory: Pick<Directory, 'grantsFor' | 'aliasesOf' | 'counter'>;
  readonly policies: CompiledPolicies;
  readonly memo: DecisionMemo;
  readonly scope: ArnScope;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * What one call may do. Every question throws ACCESS_DENIED, with one text whatever the reason, when the answer is no: a caller
 * learns neither which policy refused nor whether what it names exists.
 */
export class Permission {
  readonly #identity: Identity;
  readonly #authority: Authority;
  /** Whether anything was asked: an operation that answers without is not believed (`pipeline.ts`). */
  wasAsked = false;

  constructor(identity: Identity, authority: Authority) {
    this.#identity = identity;
    this.#authority = authority;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** For what everybody may ask who is known. */
  needsNone(): Identity {
    this.wasAsked = true;
    return this.#identity;
  }

  /** What somebody else may do, perhaps at another time: for who may ask that. */
  ofAnother(identity: Identity, now = this.#authority.now()): Permission {
    return new Permission(identity, { ...this.#authority, now: () => now });
  }

  /**
   * The key that is named, if the caller may do this with it. Of a key that there is not, only those learn who may do it with any
   * key: loading throws what keyring.ts says for them, and ACCESS_DENIED for all others.
   */
  key(action: ActionName, reference: KeyReference, facts: CallFacts = {}): KeySnapshot | Missing {
    const found = this.#authority.keyring.key(reference);
    return found instanceof Missing ? this.loading(action, found, reference) : (this.onKey(action, found, facts) ?? found);
  }

  /** Loads what a key is found by. What goes wrong with it only those learn who may do this with any key. */
  loading(action: ActionName, missing: Missing, reference?: KeyReference): Missing {
    return new Missing(() => missing.load().catch((error: unknown) => this.refuseAbsent(action, reference, error)));
  }

  /** As `key`, and waits for what has to be loaded. */
  async keyOnceLoaded(action: ActionName, reference: KeyReference, facts: CallFacts = {}): Promise<KeySnapshot> {
    const look = () => this.key(action, reference, facts);
    const found = look();
    return found instanceof Missing ? untilLoaded(found, look, () => undefined) : found;
  }

  /** As `keyOnceLoaded`, with what allowed it. */
  async keyAndReason(
    action: ActionName,
    reference: KeyReference,
    facts: CallFacts,
  ): Promise<{ readonly found: KeySnapshot; readonly by: DecidedBy }> {
    const found = await this.keyOnceLoaded(action, reference, facts);
    const { allowed, by } = await this.#decidedOnKey(action, found, facts);
    // What was loaded in between may have been changed in between.
    if (!allowed) throw accessDenied();
    return { found, by };
  }

  /** As `keyOnceLoaded`, for calls that need no more than the key itself. */
  async managedKey(action: ActionName, reference: KeyReference, facts: CallFacts = {}): Promise<Key> {
    const { key } = await this.keyOnceLoaded(action, reference, facts);
    return key;
  }

  /**
   * The key that an alias points at, if the caller may do this with it. `undefined` when the alias cannot be read, and the caller
   * may do this with any key.
   */
  async keyOfAlias(action: ActionName, requestAlias: AliasName): Promise<KeyId | undefined> {
    const reference: KeyReference = { kind: 'alias', aliasName: requestAlias };
    const look = () => this.#authority.keyring.key(reference);
    const found = look();
    try {
      if (found instanceof Missing) await untilLoaded(this.loading(action, found, reference), look, () => undefined);
    } catch (error) {
      if (error instanceof RefusedRecord) return undefined;
      throw error;
    }
    // What its key is decided by may be unreadable too: then nobody may.
    const { keyId } = await this.managedKey(action, reference, { requestAlias });
    return keyId;
  }

  /** What a list of keys may show. */
  forLists(): MayDescribe {
    return {
      mayDescribe: (key) => this.#mayWith('kms:DescribeKey', key).catch(hideUndecided),
      mayDescribeAny: () => this.mayWithAnyKey('kms:DescribeKey'),
    };
  }

  /** Whether the caller may put another policy on a key, also on one that is not yet as it is given here. */
  mayPutPolicyOn(key: Key): Promise<boolean> {
    return this.#mayWith('kms:PutKeyPolicy', key, { values: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } });
  }

  /** Whether the caller may do this with a key. `undefined` is yes; `Missing`: something must be loaded before that can be told. */
  onKey(action: ActionName, snapshot: KeySnapshot, facts: CallFacts = {}): Missing | undefined {
    const decision = this.decideOnKey(action, snapshot, facts);
    if (decision instanceof Missing) return decision;
    if (!decision.allowed) throw accessDenied();
    return undefined;
  }

  /** As `onKey`, with the decision itself. */
  decideOnKey(action: ActionName, on: Pick<KeySnapshot, 'key' | 'arn'>, facts: CallFacts = {}): Decision | Missing {
    try {
      return this.#decidedNow(action, on, facts);
    } catch (error) {
      if (error instanceof NotLoaded) return this.loading(action, error.missing, { kind: 'key', keyId: on.key.keyId });
      throw error;
    }
  }

  /** Throws `NotLoaded`. */
  #decidedNow(action: ActionName, { key, arn }: Pick<KeySnapshot, 'key' | 'arn'>, facts: CallFacts): Decision | Missing {
    this.wasAsked = true;
    if (this.#isRoot && recoveryActions.includes(action)) return this.#allowedAsRoot();
    const keyPolicy = this.#authority.policies.ofKey(key);
    const aliases = () => this.#authority.directory.aliasesOf(key.keyId);
    return this.#decideWithGrants(this.#request(action, arn, { ...facts, key, aliases }), { key, keyPolicy, facts });
  }

  async #mayWith(action: ActionName, key: Key, facts?: CallFacts): Promise<boolean> {
    const decision = await this.#decidedOnKey(action, { key, arn: keyArn(this.#authority.scope, key.keyId) }, facts);
    return decision.allowed;
  }

  /** As `decideOnKey`, and waits for what has to be loaded. */
  async #decidedOnKey(action: ActionName, on: Pick<KeySnapshot, 'key' | 'arn'>, facts?: CallFacts): Promise<Decision> {
    const look = () => this.decideOnKey(action, on, facts);
    const decision = look();
    return decision instanceof Missing ? untilLoaded(decision, look, () => undefined) : decision;
  }

  get #isRoot(): boolean {
    return this.#identity.who.principal.path === 'root';
  }

  #allowedAsRoot(): Decision {
    const { counter } = this.#authority.directory;
    return { allowed: true, by: { kind: 'root' }, reads: new AttributeReads(), validUntil: Infinity, counter };
  }

  #decideWithGrants(
    request: AccessRequest,
    { key, keyPolicy, facts }: { key: Key; keyPolicy: CompiledPolicy; facts: CallFacts },
  ): Decision | Missing {
    const byPolicy = this.#remembered(request, { key, keyPolicy, grants: [] });
    // A grant can only add; whoever needs none pays for none.
    if (byPolicy.allowed || byPolicy.by.kind === 'statement' || grantOperationOf(request.action) === undefined) return byPolicy;
    const grants = facts.grants ?? this.#authority.directory.grantsFor(key.keyId, this.#identity.who.principal.principalId);
    if (grants instanceof Missing) return grants;
    return grants.length === 0 ? byPolicy : this.#remembered(request, { key: grants, keyPolicy, grants });
  }

  /** Why the caller may do this with a key, or what is about no key, or why not. Waits for what has to be loaded. */
  async explain(action: ActionName, on: AtStake, facts: CallFacts): Promise<ExplainedCall> {
    const look = () => this.#explained(action, on, facts);
    const found = look();
    return found instanceof Missing ? untilLoaded(found, look, () => undefined) : found;
  }

  #explained(action: ActionName, on: AtStake, facts: CallFacts): ExplainedCall | Missing {
    if (on.key === undefined) return explainCall(this.#request(action, on.arn, facts), this.#sources([]));
    const { directory, policies } = this.#authority;
    const { key, arn } = on;
    const request = this.#request(action, arn, { ...facts, key, aliases: () => directory.aliasesOf(key.keyId) });
    try {
      const decision = this.#decidedNow(action, on, facts);
      const grants = directory.grantsFor(key.keyId, this.#identity.who.principal.principalId);
      if (decision instanceof Missing) return decision;
      if (grants instanceof Missing) return grants;
      // The decision is that of the call itself.
      return { ...explainCall(request, this.#sources(grants, { keyPolicy: policies.ofKey(key) })), decision };
    } catch (error) {
      if (error instanceof NotLoaded) return error.missing;
      throw error;
    }
  }

  /** Whether the caller may do what is about no key. `resource` is the ARN of what it is about, or `*`. */
  onAccount(action: ActionName, resource = '*', facts: CallFacts = {}): void {
    this.wasAsked = true;
    if (!this.#decide(this.#request(action, resource, facts), { grants: [] }).allowed) throw accessDenied();
  }

  /** Whether the caller may do this with a key that is being made: identity policies say so alone, as of any key. */
  onNewKey(action: ActionName, facts: CallFacts): void {
    this.onAccount(action, newKeyArn(this.#authority.scope), facts);
  }

  /** The alias's part of what is authorised on an alias and on its key. */
  onAlias(action: ActionName, aliasName: AliasName): void {
    this.onAccount(action, aliasArn(this.#authority.scope, aliasName), { values: { 'kms:RequestAlias': aliasName } });
  }

  /** Whether the caller may do this with a key that nothing is known of: one that there is not, or any. */
  mayWithAnyKey(action: ActionName, keyId: KeyId = anyKey): boolean {
    this.wasAsked = true;
    const keyPolicy = this.#authority.policies.ofKey(undefined);
    const request = this.#request(action, keyArn(this.#authority.scope, keyId), {});
    return this.#decide(request, { keyPolicy, grants: [] }).allowed;
  }

  /** Throws the error about something that there is not to those who may know, and ACCESS_DENIED to others. */
  refuseAbsent(action: ActionName, reference: KeyReference | undefined, error: unknown): never {
    if (!tellsWhatExists(error)) throw error;
    const may = this.mayWithAnyKey(action, reference?.kind === 'key' ? reference.keyId : anyKey);
    throw may ? error : accessDenied();
  }

  get #identityPolicies(): readonly CompiledPolicy[] {
    return this.#authority.policies.ofPrincipal(this.#identity.who);
  }

  #request(action: ActionName, resource: string, facts: CallFacts & KeyFacts): AccessRequest {
    const attributes = (name: ConditionKeyName, parameter: string | undefined): AttributeValue | undefined =>
      attributesOf(facts, this.#identity, { name, parameter });
    const request = { caller: this.#caller, action, resource, attributes, now: this.#authority.now() };
    return facts.newGrant === undefined ? request : { ...request, newGrant: facts.newGrant };
  }

  get #caller(): Caller {
    const { principal, arn } = this.#identity.who;
    const { principalId, path, tags } = principal;
    const caller = { principalId, arn, path, account: this.#authority.scope.account };
    return tags === undefined ? caller : { ...caller, tags };
  }

  #decide(request: AccessRequest, { keyPolicy, grants }: { keyPolicy?: CompiledPolicy; grants: readonly Grant[] }): Decision {
    return authorize(request, this.#sources(grants, keyPolicy === undefined ? {} : { keyPolicy }));
  }

  /** `key` is another object whenever the key, its policy or the grants are others. */
  #remembered(
    request: AccessRequest,
    { key, keyPolicy, grants }: { key: object; keyPolicy: CompiledPolicy; grants: readonly Grant[] },
  ): Decision {
    const { who } = this.#identity;
    return this.#authority.memo.decide(request, this.#sources(grants, { keyPolicy }), { principal: who, key });
  }

  #sources(grants: readonly Grant[], ofKey: Pick<AccessSources, 'keyPolicy'> = {}): AccessSources {
    return { identityPolicies: this.#identityPolicies, grants, counter: this.#authority.directory.counter, ...ofKey };
  }
}

/** What a call is about: a key, or what has an ARN, or `*`. */
type AtStake = Pick<KeySnapshot, 'key' | 'arn'> | { readonly key?: undefined; readonly arn: string };

/** One text, so that nothing is learnt from which way it was. */
export function accessDenied(): KmsError {
  return new KmsError(
    'ACCESS_DENIED',
    'The caller may not do this with what it names, or there is no such thing. `latchkey policies explain` says why to those who may ask.',
  );
}

/** A key that cannot be decided about, because of a record that is not authentic, is left out of lists; it hides no other. */
function hideUndecided(error: unknown): false {
  if (error instanceof RefusedRecord || (error instanceof KmsError && error.reason === 'ACCESS_DENIED')) return false;
  throw error;
}

/** An outage tells nothing but that. */
function tellsWhatExists(error: unknown): boolean {
  return error instanceof RefusedRecord || (error instanceof KmsError && absentReasons.includes(error.reason));
}

const absentReasons: readonly string[] = ['KEY_NOT_FOUND', 'ALIAS_NOT_FOUND', 'KEY_DESTROYED', 'INVALID_CIPHERTEXT'];

/**
 * What root may do with every key, whatever its policy says: a key whose policy shuts everybody out could not be recovered
 * otherwise. Nobody is root unless the operator opens a socket for it.
 */
const recoveryActions: readonly ActionName[] = ['kms:BypassPolicyLockoutSafetyCheck', 'kms:GetKeyPolicy', 'kms:PutKeyPolicy'];
