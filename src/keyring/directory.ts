import { isDeepStrictEqual } from 'node:util';
import type { AccessToken, AccessTokenId } from '../access/access-token.ts';
import type { Grant } from '../access/grant.ts';
import type { Group } from '../access/group.ts';
import { type Principal, type PrincipalId, principalArn } from '../access/principal.ts';
import type { AliasName } from '../keys/alias.ts';
import type { Arn, ArnScope } from '../keys/arn.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { Store } from '../storage/store.ts';
import type { GrantPlace } from './access-change.ts';
import { BoundedMap } from './bounded-map.ts';
import type { KeyringChange } from './change.ts';
import { Missing } from './missing.ts';
import type { NewestState } from './newest-state.ts';
import { Reading } from './reading.ts';
import { RefusedRecord } from './refused-record.ts';
import { Remembered } from './remembered.ts';
import type { RowSeal } from './row-seal.ts';

/** A principal and what it belongs to. Never changed; replaced when one of them changes, or when it had to leave memory. */
export interface PrincipalSnapshot {
  readonly principal: Principal;
  readonly arn: Arn;
  readonly groups: readonly Group[];
}

/**
 * Who may call and what they are granted, as far as it is in memory. Looks are synchronous and answer `Missing` for what has to
 * be loaded; loading throws KEY_UNAVAILABLE. A change takes out of memory what it touches, before the call that made it returns.
 */
export class Directory {
  readonly #store: Store;
  readonly #seal: RowSeal;
  readonly #scope: ArnScope;
  readonly #state: NewestState;
  readonly #principals = new BoundedMap<PrincipalId, PrincipalSnapshot>(maxPrincipals);
  /** By path and by subject; the principal itself says whether that is still so. */
  readonly #principalIds = new BoundedMap<PrincipalName, PrincipalId>(2 * maxPrincipals);
  readonly #absentPrincipals = new BoundedMap<PrincipalName, true>(maxAbsent);
  readonly #tokens = new Remembered<string, AccessToken>({ maxKnown: maxTokens, maxAbsent: maxAbsentTokens });
  readonly #groups = new Remembered<string, Group>({ maxKnown: maxGroups, maxAbsent });
  readonly #grants = new Remembered<string, Grant>({ maxKnown: maxGrants, maxAbsent });
  readonly #grantLists = new BoundedMap<string, GrantList>(maxGrants, ({ grants }) => 1 + grants.length);
  readonly #aliasLists = new BoundedMap<KeyId, AliasList>(maxAliasLists);

  constructor({ store, seal, scope, state }: DirectoryParts) {
    this.#store = store;
    this.#seal = seal;
    this.#scope = scope;
    this.#state = state;
  }

  /** The change counter, of keys and their policies too: what was decided at one number stays right as long as it is the same. */
  get counter(): number {
    return this.#state.revision;
  }

  principal(principalId: PrincipalId): PrincipalSnapshot | Missing | undefined {
    const known = this.#principals.get(principalId);
    return known ?? this.#otherPrincipal(`id ${principalId}`, (reading) => reading.findPrincipal(principalId));
  }

  principalByPath(path: string): PrincipalSnapshot | Missing | undefined {
    const known = this.#principalNamed(`path ${path}`);
    if (known?.principal.path === path) return known;
    return this.#otherPrincipal(`path ${path}`, (reading) => reading.findPrincipalByPath(path));
  }

  principalBySubject(subject: string): PrincipalSnapshot | Missing | undefined {
    const known = this.#principalNamed(`subject ${subject}`);
    if (known?.principal.subject === subject) return known;
    return this.#otherPrincipal(`subject ${subject}`, (reading) => reading.findPrincipalBySubject(subject));
  }

  accessToken(tokenId: AccessTokenId): AccessToken | Missing | undefined {
    const find = (reading: Reading) => reading.findAccessToken(tokenId);
    return this.#tokens.look(tokenId, () => this.#load(find, (token) => this.#tokens.take(tokenId, token)));
  }

  group(name: string): Group | Missing | undefined {
    const find = (reading: Reading) => reading.findGroup(name);
    return this.#groups.look(name, () => this.#load(find, (group) => this.#groups.take(name, group)));
  }

  /** `undefined` also for one whose record is not authentic. */
  grant(grantId: string): Grant | Missing | undefined {
    const find = (reading: Reading) => reading.findGrant(grantId);
    return this.#grants.look(grantId, () => this.#load(find, (grant) => this.#grants.take(grantId, grant)));
  }

  /** All grants of a key to a principal whose records are authentic, in no order. */
  grantsFor(keyId: KeyId, granteeId: PrincipalId): readonly Grant[] | Missing {
    const name = grantListName(keyId, granteeId);
    const known = this.#grantLists.get(name);
    if (known !== undefined) return known.grants;
    const find = (reading: Reading) => reading.grantsTo(granteeId, keyId);
    return new Missing(() => this.#load(find, (grants) => this.#grantLists.set(name, { name, keyId, grants })));
  }

  /** All aliases of a key, in the order of their names. */
  aliasesOf(keyId: KeyId): readonly AliasName[] | Missing {
    const known = this.#aliasLists.get(keyId);
    if (known !== undefined) return known.aliasNames;
    const find = (reading: Reading) => reading.aliasNames(keyId);
    return new Missing(() => this.#load(find, (aliasNames) => this.#aliasLists.set(keyId, { keyId, aliasNames })));
  }

  /** Takes out of memory what a committed change touches, so that it does not matter in which order the answers to changes come. */
  apply(change: KeyringChange): void {
    for (const principal of present(change.insertPrincipal, change.updatePrincipal)) this.#forgetPrincipal(principal);
    for (const { tokenId } of present(change.insertAccessToken, change.updateAccessToken)) this.#tokens.forget(tokenId);
    for (const tokenId of change.deleteAccessTokens ?? []) this.#tokens.forget(tokenId);
    for (const name of present(change.insertGroup?.name, change.updateGroup?.name, change.deleteGroup)) this.#forgetGroup(name);
    for (const grant of [...present(change.insertGrant), ...(change.deleteGrants ?? [])]) this.#forgetGrant(grant);
    for (const { keyId } of present(change.destroyKey)) this.#forgetKey(keyId);
    for (const { keyId } of present(change.insertAlias, change.updateAlias)) this.#aliasLists.delete(keyId);
    // The key that it pointed at before.
    for (const name of present(change.updateAlias?.aliasName, change.deleteAlias)) this.#forgetAlias(name);
  }

  /** After a change of which nobody knows whether it happened. */
  forgetAll(): void {
    this.#principals.clear();
    this.#principalIds.clear();
    this.#absentPrincipals.clear();
    this.#tokens.clear();
    this.#groups.clear();
    this.#grants.clear();
    this.#grantLists.clear();
    this.#aliasLists.clear();
  }

  #principalNamed(name: PrincipalName): PrincipalSnapshot | undefined {
    const principalId = this.#principalIds.get(name);
    return principalId && this.#principals.get(principalId);
  }

  /** A principal that is not in memory under this name. */
  #otherPrincipal(name: PrincipalName, find: (reading: Reading) => Promise<Principal | undefined>): Missing | undefined {
    if (this.#absentPrincipals.get(name)) return undefined;
    const snapshot = async (reading: Reading) => this.#snapshot(await find(reading), reading);
    return new Missing(() => this.#load(snapshot, (found) => this.#takePrincipal(name, found)));
  }

  async #snapshot(principal: Principal | undefined, reading: Reading): Promise<PrincipalSnapshot | undefined> {
    if (principal === undefined) return undefined;
    const groups: Group[] = [];
    for (const name of principal.groups ?? []) {
      const group = await reading.findGroup(name);
      // What it forbids would be gone with it.
      if (group === undefined) throw groupLost(principal, name);
      groups.push(group);
    }
    return { principal, arn: principalArn(this.#scope, principal.path), groups };
  }

  #takePrincipal(name: PrincipalName, found: PrincipalSnapshot | undefined): void {
    if (found === undefined) {
      this.#absentPrincipals.set(name, true);
      return;
    }
    const { principalId, path, subject } = found.principal;
    const groups = found.groups.map((group) => this.#takeGroup(group));
    this.#principals.set(principalId, same(this.#principals.get(principalId), { ...found, groups }));
    this.#principalIds.set(`path ${path}`, principalId);
    if (subject !== undefined) this.#principalIds.set(`subject ${subject}`, principalId);
  }

  /** All principals of a group have it from here. */
  #takeGroup(found: Group): Group {
    const group = same(this.#groups.known(found.name), found);
    this.#groups.take(found.name, group);
    return group;
  }

  #forgetPrincipal({ principalId, path, subject }: Principal): void {
    this.#principals.delete(principalId);
    this.#absentPrincipals.delete(`id ${principalId}`);
    this.#absentPrincipals.delete(`path ${path}`);
    if (subject !== undefined) this.#absentPrincipals.delete(`subject ${subject}`);
  }

  #forgetGroup(name: string): void {
    this.#groups.forget(name);
    for (const { principal } of this.#principals.values()) {
      if (principal.groups?.includes(name)) this.#principals.delete(principal.principalId);
    }
  }

  #forgetGrant({ grantId, keyId, granteeId }: GrantPlace): void {
    this.#grants.forget(grantId);
    if (granteeId !== undefined) this.#grantLists.delete(grantListName(keyId, granteeId));
    else this.#forgetGrantOfSomebody(grantId);
  }

  /** It may have been read when its record was authentic still. */
  #forgetGrantOfSomebody(grantId: string): void {
    for (const { name, grants } of this.#grantLists.values()) {
      if (grants.some((grant) => grant.grantId === grantId)) this.#grantLists.delete(name);
    }
  }

  #forgetKey(keyId: KeyId): void {
    this.#grants.forgetWhere(
      (grant) => grant.keyId === keyId,
      ({ grantId }) => grantId,
    );
    for (const list of this.#grantLists.values()) if (list.keyId === keyId) this.#grantLists.delete(list.name);
    this.#aliasLists.delete(keyId);
  }

  #forgetAlias(aliasName: AliasName): void {
    for (const { keyId, aliasNames } of this.#aliasLists.values()) {
      if (aliasNames.includes(aliasName)) this.#aliasLists.delete(keyId);
    }
  }

  #load<T>(find: (reading: Reading) => Promise<T>, take: (found: T) => void): Promise<void> {
    return this.#state.load(async () => {
      const reading = new Reading(this.#store, this.#seal);
      const value = await find(reading);
      return { counter: reading.counter, value };
    }, take);
  }
}

/** What is in memory already, if what was found is equal: then nothing has changed, and others may have made something of it. */
function same<T>(known: T | undefined, found: T): T {
  return known !== undefined && isDeepStrictEqual(known, found) ? known : found;
}

function present<T>(...parts: readonly (T | undefined)[]): readonly T[] {
  return parts.filter((part) => part !== undefined);
}

/** Ids hold no spaces. */
function grantListName(keyId: KeyId, granteeId: PrincipalId): string {
  return `${keyId} ${granteeId}`;
}

function groupLost({ path }: Principal, groupName: string): RefusedRecord {
  return new RefusedRecord(
    `The store has lost group ${groupName}, which ${path} belongs to; restore it from a backup, or remove ${path} from the group.`,
  );
}

interface DirectoryParts {
  readonly store: Store;
  readonly seal: RowSeal;
  readonly scope: ArnScope;
  readonly state: NewestState;
}

type PrincipalName = `id ${string}` | `path ${string}` | `subject ${string}`;

interface GrantList {
  readonly name: string;
  readonly keyId: KeyId;
  readonly grants: readonly Grant[];
}

interface AliasList {
  readonly keyId: KeyId;
  readonly aliasNames: readonly AliasName[];
}

const maxPrincipals = 10_000;
const maxTokens = 10_000;
const maxGroups = 10_000;
/** In all lists together, and of those found by id. */
const maxGrants = 100_000;
const maxAliasLists = 10_000;
const maxAbsent = 10_000;
/** Anybody who reaches the server may present tokens that do not exist. */
const maxAbsentTokens = 100_000;
