import { setImmediate } from 'node:timers/promises';
import { KmsError } from '../errors.ts';
import type { Alias, AliasName } from '../keys/alias.ts';
import { type Arn, type ArnScope, keyArn } from '../keys/arn.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import { type KeyReference, aliasNotFound, keyNotFound } from '../keys/key-reference.ts';
import type { Key } from '../keys/key.ts';
import { keyDestroyed } from '../keys/tombstone.ts';
import {
  type KeyRow,
  type MaterialRow,
  type Snapshot,
  type Store,
  StoreConflict,
  type TombstoneRow,
  maxMaterialsRead,
} from '../storage/store.ts';
import { decodeAlias } from './alias-record.ts';
import { BoundedMap } from './bounded-map.ts';
import { type KeyringChange, type MaterialChange, storeChange } from './change.ts';
import { Directory } from './directory.ts';
import { decodeKey } from './key-record.ts';
import { decodeMaterial } from './material-record.ts';
import type { LoadedMaterial, MaterialTable } from './material-table.ts';
import { Missing } from './missing.ts';
import { NewestState, maxAttempts } from './newest-state.ts';
import { Reading } from './reading.ts';
import type { RowSeal } from './row-seal.ts';
import { orUnavailable } from './store-outage.ts';
import { decodeTombstone } from './tombstone-record.ts';

/** A key as it was in one committed state of the store. Never changed; replaced. */
export interface KeySnapshot {
  readonly key: Key;
  readonly arn: Arn;
  /** The ARN's bytes, as responses carry it. */
  readonly arnBytes: Uint8Array;
}

/** A change, or none, and what to answer once it is durable. */
export interface Decision<T> {
  readonly change?: KeyringChange;
  readonly answer: T;
}

/**
 * The keys of the store, as far as they are in memory. Looks are synchronous and answer `Missing` for what has to be loaded.
 * A change is in memory before the call that made it returns; what was read before it cannot replace it afterwards.
 */
export class Keyring {
  /** Who may call, and what they are granted; changed by `change` as keys are. */
  readonly directory: Directory;
  readonly #store: Store;
  readonly #seal: RowSeal;
  readonly #materials: MaterialTable;
  readonly #scope: ArnScope;
  readonly #keys = new BoundedMap<KeyId, KeySnapshot>(maxKeys, ({ key }) => 1 + (key.policy?.length ?? 0) / policyCharactersOfKey);
  readonly #aliases = new BoundedMap<AliasName, Alias>(maxKeys);
  /** Key material ids that the store does not have, so that asking for one again costs no read. */
  readonly #absent = new BoundedMap<KeyMaterialId, true>(maxAbsent);
  /** What to say of key ids and aliases that the store does not have, or not any more: asking for one again costs no read either. */
  readonly #absentNames = new BoundedMap<KeyId | AliasName, KmsError>(maxAbsent);
  /** Backing keys whose bytes were destroyed, or whose key's deletion is pending: known, and of no use. */
  readonly #withoutBytes = new BoundedMap<KeyMaterialId, LoadedMaterial>(maxAbsent);
  readonly #state = new NewestState();
  /** Fulfils when the decision that is being made is made. */
  #deciding: Promise<void> = Promise.resolve();

  constructor({ store, seal, materials, scope }: { store: Store; seal: RowSeal; materials: MaterialTable; scope: ArnScope }) {
    this.#store = store;
    this.#seal = seal;
    this.#materials = materials;
    this.#scope = scope;
    this.directory = new Directory({ store, seal, scope, state: this.#state });
  }

  /** Loading throws KEY_NOT_FOUND, ALIAS_NOT_FOUND, KEY_UNAVAILABLE. */
  key(reference: KeyReference): KeySnapshot | Missing {
    if (reference.kind === 'elsewhere') return new Missing(() => Promise.reject(keyNotFound(reference.arn)));
    if (reference.kind === 'key') return this.#keyWithId(reference.keyId);
    const { aliasName } = reference;
    const alias = this.#aliases.get(aliasName);
    return alias === undefined ? this.#missing(aliasName, () => this.#loadAlias(aliasName)) : this.#keyWithId(alias.keyId);
  }

  #keyWithId(keyId: KeyId): KeySnapshot | Missing {
    return this.#keys.get(keyId) ?? this.#missing(keyId, () => this.#loadKey(keyId));
  }

  #missing(name: KeyId | AliasName, load: () => Promise<void>): Missing {
    const absent = this.#absentNames.get(name);
    return new Missing(absent === undefined ? load : () => Promise.reject(absent));
  }

  /** `undefined` when no key has this backing key. Loading throws KEY_UNAVAILABLE. */
  material(keyMaterialId: KeyMaterialId): LoadedMaterial | Missing | undefined {
    const loaded = this.#materials.byId(keyMaterialId) ?? this.#withoutBytes.get(keyMaterialId);
    if (loaded !== undefined) return loaded;
    return this.#absent.get(keyMaterialId) ? undefined : new Missing(() => this.#loadMaterial(keyMaterialId));
  }

  materialByHandle(handle: number): LoadedMaterial | undefined {
    return this.#materials.byHandle(handle);
  }

  /**
   * Loads many backing keys with few reads, so that `material` and `key` of their owners find them in memory, and answers those
   * that it could not. Throws KEY_UNAVAILABLE when the store cannot be read at all.
   */
  async loadMaterials(keyMaterialIds: readonly KeyMaterialId[]): Promise<UnusableMaterials> {
    const unusable: UnusableMaterials = new Map();
    for (let start = 0; start < keyMaterialIds.length; start += maxMaterialsRead) {
      const some = keyMaterialIds.slice(start, start + maxMaterialsRead);
      const lost = new Map<KeyId, KmsError>();
      const owners = await this.#loadSome(some, unusable, lost);
      for (const owner of owners) {
        await this.#loadKey(owner).catch((error: unknown) => lost.set(owner, requireKmsError(error)));
      }
      // What was read before the owners were may be out of date.
      if (owners.size > 0) await this.#loadSome(some, unusable, lost);
      // The store answers in the same turn of the event loop; others get one in between.
      await setImmediate();
    }
    return unusable;
  }

  /**
   * Decides on grounds read from the store, makes the change durable, and takes it into memory. Decides anew when the store
   * moved on meanwhile: `decide` must have no effect of its own. Throws what it throws, and KEY_UNAVAILABLE.
   */
  async change<T>(decide: (reading: Reading) => Promise<Decision<T>>): Promise<T> {
    // No pause between attempts: whoever loses a race lost it to a change that is made, so somebody always gets on.
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      try {
        const { answer, committed } = await this.#oneByOne(async () => {
          const reading = new Reading(this.#store, this.#seal);
          const decision = await decide(reading);
          return { answer: decision.answer, committed: decision.change && this.#commit(decision.change, reading) };
        });
        await committed;
        return answer;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
      }
    }
    throw new KmsError('CONFLICT', 'The store is being changed too often at once; nothing was changed, repeat the call.');
  }

  /**
   * Decides one change of this process after the other, each once the commit of the one before is on its way: decided at
   * once, all but one would conflict. It does not wait for the answer of that commit.
   */
  #oneByOne<T>(decideAndCommit: () => Promise<T>): Promise<T> {
    const decided = this.#deciding.then(decideAndCommit);
    this.#deciding = decided.then(
      () => undefined,
      () => undefined,
    );
    return decided;
  }

  async #commit(change: KeyringChange, reading: Reading): Promise<void> {
    try {
      const rows = storeChange(change, reading, this.#seal);
      this.#apply(change, await orUnavailable(this.#store.commit(rows, { expectedCounter: reading.counter })));
    } catch (error) {
      if (!(error instanceof StoreConflict)) this.#forgetAll();
      throw error;
    }
  }

  /** Takes a committed change into memory. Its answer may come after that of a later one: then what it changed is loaded anew. */
  #apply(change: KeyringChange, counter: number): void {
    const late = this.#state.committed(counter);
    this.directory.apply(change);
    const key = change.insertKey ?? change.updateKey;
    if (key !== undefined) this.#absentNames.delete(key.keyId);
    if (key !== undefined) this.#forgetUnusable(key);
    if (key !== undefined && late) this.#keys.delete(key.keyId);
    else if (key !== undefined) this.#keys.set(key.keyId, this.#snapshot(key));
    const alias = change.insertAlias ?? change.updateAlias;
    if (alias !== undefined) this.#absentNames.delete(alias.aliasName);
    if (alias !== undefined && late) this.#aliases.delete(alias.aliasName);
    else if (alias !== undefined) this.#aliases.set(alias.aliasName, alias);
    if (change.deleteAlias !== undefined) this.#aliases.delete(change.deleteAlias);
    if (change.insertMaterial !== undefined) this.#absent.delete(change.insertMaterial.material.keyMaterialId);
    for (const material of change.updateMaterials ?? []) this.#applyMaterial(material, late);
    if (change.destroyKey !== undefined) this.#forgetKey(change.destroyKey.keyId);
  }

  /** Bytes that are gone from the store go from native memory too. */
  #applyMaterial({ material, storedKey }: MaterialChange, late: boolean): void {
    this.#withoutBytes.delete(material.keyMaterialId);
    if (late || storedKey.length === 0) this.#materials.evict(material.keyMaterialId);
    else this.#materials.update(material);
  }

  /** A key whose deletion is pending has no backing key in native memory; one whose deletion was cancelled may have again. */
  #forgetUnusable(key: Key): void {
    if (key.deletion !== undefined) this.#materials.evictAll((material) => material.keyId === key.keyId);
    for (const { material } of this.#withoutBytes.values()) {
      if (material.keyId === key.keyId) this.#withoutBytes.delete(material.keyMaterialId);
    }
  }

  #forgetKey(keyId: KeyId): void {
    this.#keys.delete(keyId);
    for (const alias of this.#aliases.values()) if (alias.keyId === keyId) this.#aliases.delete(alias.aliasName);
    this.#materials.evictAll((material) => material.keyId === keyId);
  }

  /** After a write of which nobody knows whether it happened, what is in memory may be out of date. */
  #forgetAll(): void {
    this.#state.outcomeUnknown();
    this.directory.forgetAll();
    this.#keys.clear();
    this.#aliases.clear();
    this.#absent.clear();
    this.#absentNames.clear();
    this.#withoutBytes.clear();
    this.#materials.evictAll(() => true);
  }

  #loadKey(keyId: KeyId): Promise<void> {
    return this.#load(
      () => this.#readKey(keyId),
      ({ row, tombstone }) => {
        if (row !== undefined) this.#keys.set(keyId, this.#snapshot(this.#seal.open(row, decodeKey)));
        else if (tombstone === undefined) throw this.#absentName(keyId, keyNotFound(keyId));
        else throw this.#absentName(keyId, keyDestroyed(this.#seal.open(tombstone, decodeTombstone)));
      },
    );
  }

  /** The key, or else what is left of it; in the older one of the states in which both were read. */
  async #readKey(keyId: KeyId): Promise<Snapshot<{ readonly row?: KeyRow; readonly tombstone?: TombstoneRow }>> {
    const { counter, value: row } = await this.#store.readKey(keyId);
    if (row !== undefined) return { counter, value: { row } };
    const { value: tombstone } = await this.#store.readTombstone(keyId);
    return { counter, value: tombstone === undefined ? {} : { tombstone } };
  }

  #loadAlias(aliasName: AliasName): Promise<void> {
    return this.#load(
      () => this.#store.readAlias(aliasName),
      (row) => {
        if (row === undefined) throw this.#absentName(aliasName, aliasNotFound(aliasName));
        this.#aliases.set(aliasName, this.#seal.open(row, decodeAlias));
      },
    );
  }

  #absentName(name: KeyId | AliasName, error: KmsError): KmsError {
    this.#absentNames.set(name, error);
    return error;
  }

  async #loadMaterial(keyMaterialId: KeyMaterialId): Promise<void> {
    let ownerFirst: KeyId | undefined;
    await this.#load(
      () => this.#store.readMaterial(keyMaterialId),
      (row) => {
        if (row === undefined) this.#absent.set(keyMaterialId, true);
        else ownerFirst = this.#takeMaterial(row);
      },
    );
    // Whoever asked looks again, and then finds the owner.
    if (ownerFirst !== undefined) await this.#loadKey(ownerFirst);
  }

  async #loadSome(
    asked: readonly KeyMaterialId[],
    unusable: UnusableMaterials,
    lost: ReadonlyMap<KeyId, KmsError>,
  ): Promise<ReadonlySet<KeyId>> {
    let owners: ReadonlySet<KeyId> = new Set();
    await this.#load(
      () => this.#store.readMaterials(asked),
      (rows) => {
        for (const id of asked) unusable.set(id, undefined);
        for (const row of rows) unusable.delete(row.keyMaterialId);
        owners = this.#takeMaterials(rows, unusable, lost);
      },
    );
    return owners;
  }

  /** Takes what can be taken, and answers the keys that must be known before the rest can. */
  #takeMaterials(
    rows: readonly MaterialRow[],
    unusable: UnusableMaterials,
    lost: ReadonlyMap<KeyId, KmsError>,
  ): ReadonlySet<KeyId> {
    const owners = new Set<KeyId>();
    for (const row of rows) {
      try {
        const owner = this.#takeMaterial(row);
        const failure = owner && lost.get(owner);
        if (failure !== undefined) unusable.set(row.keyMaterialId, failure);
        else if (owner !== undefined) owners.add(owner);
      } catch (error) {
        if (!(error instanceof KmsError)) throw error;
        unusable.set(row.keyMaterialId, error);
      }
    }
    return owners;
  }

  /** Unwraps a backing key, unless its key's deletion is pending. Answers the key that must be known before that can be told. */
  #takeMaterial(row: MaterialRow): KeyId | undefined {
    const material = this.#seal.open(row, decodeMaterial);
    const owner = this.#keys.get(material.keyId);
    if (row.storedKey.length > 0 && owner === undefined) return material.keyId;
    if (row.storedKey.length === 0 || owner?.key.deletion !== undefined) {
      this.#withoutBytes.set(material.keyMaterialId, { material, handle: noHandle });
    } else if (!this.#materials.load(material, row.storedKey)) {
      throw this.#seal.refuse(row);
    }
    return undefined;
  }

  #load<T>(read: () => Promise<Snapshot<T>>, take: (value: T) => void): Promise<void> {
    return this.#state.load(() => orUnavailable(read()), take);
  }

  #snapshot(key: Key): KeySnapshot {
    const arn = keyArn(this.#scope, key.keyId);
    return { key, arn, arnBytes: Buffer.from(arn) };
  }
}

/** By key material id: why it cannot be used, or `undefined` when no key has it. */
export type UnusableMaterials = Map<string, KmsError | undefined>;

function requireKmsError(error: unknown): KmsError {
  if (error instanceof KmsError) return error;
  throw error;
}

/** No backing key in the native table has it. */
const noHandle = 0;
/** Half as many when each has the longest policy: still more than one batch may need at once. */
const maxKeys = 10_000;
const policyCharactersOfKey = 32 * 1024;
const maxAbsent = 10_000;
