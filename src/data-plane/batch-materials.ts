import type { NamedMaterial } from '../crypto/batch-calls.ts';
import { KmsError, invalidCiphertext } from '../errors.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { KeySnapshot, UnusableMaterials } from '../keyring/keyring.ts';
import type { LoadedMaterial } from '../keyring/material-table.ts';
import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { incorrectKey, requireUse } from './find-keys.ts';
import { type ItemPermission, type ItemQuestion, type PermittedKey, itemPermission } from './item-permission.ts';

/** What is decided about the backing keys that a batch's ciphertexts name. */
export interface DecidedMaterials {
  /** For each its handle, or why its items fail. */
  readonly decrypting: readonly (number | KmsError)[];
  /** For each the key that it is of, where there is one that the caller may use. */
  readonly owners: readonly (KeyId | undefined)[];
  /** Why items are refused for their value in the column; absent where it does not matter. Throws `NotLoaded`. */
  readonly refusalOf?: (value: string, material: number) => KmsError | undefined;
}

/** The backing keys that the ciphertexts of one batch name, and what is known of them from one look to the next. */
export class BatchMaterials {
  readonly #named: readonly NamedMaterial[];
  readonly #plane: DataPlane;
  /** What could not be loaded: memory does not keep ids that no key has as long as a batch may need them. */
  readonly #unusable: UnusableMaterials = new Map();
  readonly #lostKeys = new Map<KeyId, KmsError>();

  constructor(named: readonly NamedMaterial[], plane: DataPlane) {
    this.#named = named;
    this.#plane = plane;
  }

  /**
   * Decides about each backing key, in the order of checks of a Decrypt. `key` is the one that the caller named, if any; `question`
   * is asked about the owners otherwise.
   */
  decide(key: PermittedKey | undefined, question: (ownerId: KeyId | undefined) => ItemQuestion): DecidedMaterials | Missing {
    const found = this.#named.map((material) => this.#find(material, { key, question }));
    const materials: KeyMaterialId[] = [];
    const keys = new Map<KeyId, Missing>();
    for (const one of found) {
      if (one.kind === 'missing material') materials.push(one.id);
      if (one.kind === 'missing key') keys.set(one.keyId, one.missing);
    }
    if (materials.length > 0 || keys.size > 0) return new Missing(() => this.#load(materials, keys));
    const refusals = found.map((one) => (one.kind === 'owned' ? one.permission.refusalOf : undefined));
    return {
      // Not before all are known: an attempt to use what must not be used is reported once.
      decrypting: found.map((one) => this.#judge(one)),
      owners: found.map((one) => (one.kind === 'owned' ? one.owner.key.keyId : undefined)),
      ...(refusals.some((refusal) => refusal !== undefined)
        ? { refusalOf: (value: string, material: number) => refusals[material]?.(value) }
        : {}),
    };
  }

  #find({ handle, id }: NamedMaterial, { key, question }: Asked): Found {
    const { keyring } = this.#plane;
    let loaded: LoadedMaterial | Missing | undefined = keyring.materialByHandle(handle);
    if (loaded === undefined) {
      const keyMaterialId = id();
      const error = this.#unusable.get(keyMaterialId);
      if (error !== undefined) return { kind: 'failed', error: key === undefined ? this.#told(error, question(undefined)) : error };
      loaded = this.#unusable.has(keyMaterialId) ? undefined : keyring.material(keyMaterialId);
      if (loaded instanceof Missing) return { kind: 'missing material', id: keyMaterialId };
    }
    if (key !== undefined) {
      return loaded?.material.keyId === key.snapshot.key.keyId
        ? { kind: 'owned', loaded, owner: key.snapshot, permission: key.permission }
        : { kind: 'failed', error: incorrectKey(key.snapshot) };
    }
    if (loaded === undefined) return { kind: 'failed', error: this.#told(invalidCiphertext(), question(undefined)) };
    const { keyId } = loaded.material;
    const lost = this.#lostKeys.get(keyId);
    if (lost !== undefined) return { kind: 'failed', error: this.#told(lost, question(keyId)) };
    const owner = keyring.key({ kind: 'key', keyId });
    if (owner instanceof Missing) return { kind: 'missing key', keyId, missing: owner };
    return this.#permitted(loaded, owner, question(keyId));
  }

  #permitted(loaded: LoadedMaterial, owner: KeySnapshot, question: ItemQuestion): Found {
    const permission = itemPermission(question, owner);
    if (permission instanceof Missing) return { kind: 'missing key', keyId: owner.key.keyId, missing: permission };
    const { refusal } = permission;
    return refusal === undefined ? { kind: 'owned', loaded, owner, permission } : { kind: 'failed', error: refusal };
  }

  /** What went wrong with a key, for those who may do this with any; for others that they may not. */
  #told(error: KmsError, { action, caller }: ItemQuestion): KmsError {
    try {
      return caller.permission.refuseAbsent(action, undefined, error);
    } catch (told) {
      if (told instanceof KmsError) return told;
      throw told;
    }
  }

  #judge(found: Found): number | KmsError {
    if (found.kind === 'failed') return found.error;
    if (found.kind !== 'owned') throw new Error('A backing key was judged before it was loaded.');
    try {
      requireUse(found.owner, this.#plane, found.loaded);
      return found.loaded.handle;
    } catch (error) {
      if (error instanceof KmsError) return error;
      throw error;
    }
  }

  async #load(materials: readonly KeyMaterialId[], keys: ReadonlyMap<KeyId, Missing>): Promise<void> {
    if (materials.length > 0) {
      for (const [id, error] of await this.#plane.keyring.loadMaterials(materials)) this.#unusable.set(id, error);
    }
    for (const [keyId, missing] of keys) {
      try {
        await missing.load();
      } catch (error) {
        if (!(error instanceof KmsError)) throw error;
        this.#lostKeys.set(keyId, error);
      }
    }
  }
}

interface Asked {
  readonly key: PermittedKey | undefined;
  readonly question: (ownerId: KeyId | undefined) => ItemQuestion;
}

type Found =
  | {
      readonly kind: 'owned';
      readonly loaded: LoadedMaterial;
      readonly owner: KeySnapshot;
      readonly permission: ItemPermission;
    }
  | { readonly kind: 'failed'; readonly error: KmsError }
  | { readonly kind: 'missing material'; readonly id: KeyMaterialId }
  | { readonly kind: 'missing key'; readonly keyId: KeyId; readonly missing: Missing };
