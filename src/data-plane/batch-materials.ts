import type { NamedMaterial } from '../crypto/batch-calls.ts';
import { KmsError, invalidCiphertext } from '../errors.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { KeySnapshot, UnusableMaterials } from '../keyring/keyring.ts';
import type { LoadedMaterial } from '../keyring/material-table.ts';
import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { incorrectKey, requireUse } from './find-keys.ts';

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
   * For each backing key its handle, or why its items fail, in the order of checks of a Decrypt. `key` is the one that the
   * caller named, if any.
   */
  decide(key: KeySnapshot | undefined): readonly (number | KmsError)[] | Missing {
    const found = this.#named.map((material) => this.#find(material, key));
    const materials: KeyMaterialId[] = [];
    const keys = new Map<KeyId, Missing>();
    for (const one of found) {
      if (one.kind === 'missing material') materials.push(one.id);
      if (one.kind === 'missing key') keys.set(one.keyId, one.missing);
    }
    if (materials.length > 0 || keys.size > 0) return new Missing(() => this.#load(materials, keys));
    // Not before all are known: an attempt to use what must not be used is reported once.
    return found.map((one) => this.#judge(one));
  }

  #find({ handle, id }: NamedMaterial, key: KeySnapshot | undefined): Found {
    const { keyring } = this.#plane;
    let loaded: LoadedMaterial | Missing | undefined = keyring.materialByHandle(handle);
    if (loaded === undefined) {
      const keyMaterialId = id();
      const error = this.#unusable.get(keyMaterialId);
      if (error !== undefined) return { kind: 'failed', error };
      loaded = this.#unusable.has(keyMaterialId) ? undefined : keyring.material(keyMaterialId);
      if (loaded instanceof Missing) return { kind: 'missing material', id: keyMaterialId };
    }
    if (loaded === undefined) return { kind: 'failed', error: key === undefined ? invalidCiphertext() : incorrectKey(key) };
    if (key !== undefined) {
      return loaded.material.keyId === key.key.keyId
        ? { kind: 'owned', loaded, owner: key }
        : { kind: 'failed', error: incorrectKey(key) };
    }
    const { keyId } = loaded.material;
    const lost = this.#lostKeys.get(keyId);
    if (lost !== undefined) return { kind: 'failed', error: lost };
    const owner = keyring.key({ kind: 'key', keyId });
    return owner instanceof Missing ? { kind: 'missing key', keyId, missing: owner } : { kind: 'owned', loaded, owner };
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

type Found =
  | { readonly kind: 'owned'; readonly loaded: LoadedMaterial; readonly owner: KeySnapshot }
  | { readonly kind: 'failed'; readonly error: KmsError }
  | { readonly kind: 'missing material'; readonly id: KeyMaterialId }
  | { readonly kind: 'missing key'; readonly keyId: KeyId; readonly missing: Missing };
