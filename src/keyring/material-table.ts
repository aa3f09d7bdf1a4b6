import { type NativeKeyTable, nativeCode } from '../crypto/native.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import { BoundedMap } from './bounded-map.ts';

/** A backing key whose bytes are in the native table. */
export interface LoadedMaterial {
  readonly material: KeyMaterial;
  /** 0 when its bytes are not there: destroyed, or not to be used. */
  readonly handle: number;
}

/** Which backing keys are in the native table: the same entries on this side of the border, found by id and by handle. */
export class MaterialTable {
  readonly #native: MaterialLoading;
  readonly #byId = new Map<KeyMaterialId, LoadedMaterial>();
  readonly #byHandle = new Map<number, LoadedMaterial>();
  /** Of backing keys that were evicted lately. */
  readonly #formerOwners = new BoundedMap<KeyMaterialId, KeyId>(maxFormerOwners);
  readonly #handles = new Float64Array(2);

  constructor(native: MaterialLoading) {
    this.#native = native;
  }

  byId(keyMaterialId: KeyMaterialId): LoadedMaterial | undefined {
    return this.#byId.get(keyMaterialId);
  }

  byHandle(handle: number): LoadedMaterial | undefined {
    return this.#byHandle.get(handle);
  }

  /** The key of a backing key that is in the table or was lately; that may be `undefined` for others. */
  ownerOf(keyMaterialId: KeyMaterialId): KeyId | undefined {
    return this.#byId.get(keyMaterialId)?.material.keyId ?? this.#formerOwners.get(keyMaterialId);
  }

  /** Unwraps a stored backing key into the table; another may have to make room. False when these bytes are not that key. */
  load(material: KeyMaterial, storedKey: Uint8Array): boolean {
    const { keyId, keyMaterialId, keySpec } = material;
    try {
      this.#native.loadMaterial(storedKey, keyIdBytes(keyId), Buffer.from(keyMaterialId, 'hex'), keySpec, this.#handles);
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
    const [handle = 0, evicted = 0] = this.#handles;
    const loaded = { material, handle };
    this.#byId.set(material.keyMaterialId, loaded);
    this.#byHandle.set(handle, loaded);
    this.#forget(evicted);
    return true;
  }

  /** Takes in what has changed about a backing key, if it is in the table. */
  update(material: KeyMaterial): void {
    const loaded = this.#byId.get(material.keyMaterialId);
    if (loaded === undefined) return;
    const updated = { material, handle: loaded.handle };
    this.#byId.set(material.keyMaterialId, updated);
    this.#byHandle.set(loaded.handle, updated);
  }

  /** Wipes a backing key, if it is in the table. */
  evict(keyMaterialId: KeyMaterialId): void {
    const loaded = this.#byId.get(keyMaterialId);
    if (loaded === undefined) return;
    this.#native.evict(loaded.handle);
    this.#forget(loaded.handle);
  }

  /** Wipes all backing keys of which the predicate is true. */
  evictAll(isMeant: (material: KeyMaterial) => boolean): void {
    for (const { material } of this.#byId.values()) if (isMeant(material)) this.evict(material.keyMaterialId);
  }

  #forget(handle: number): void {
    const evicted = this.#byHandle.get(handle);
    if (evicted === undefined) return;
    this.#byHandle.delete(handle);
    const { keyMaterialId, keyId } = evicted.material;
    this.#byId.delete(keyMaterialId);
    this.#formerOwners.set(keyMaterialId, keyId);
  }
}

/** A key id as its 16 bytes. */
export function keyIdBytes(keyId: string): Uint8Array {
  return Buffer.from(keyId.replaceAll('-', ''), 'hex');
}

/** Whether stored bytes are not a key that this service wrapped. */
export function isRefusal(error: unknown): boolean {
  const code = nativeCode(error);
  return code === 'STORED_KEY_REFUSED' || code === 'NO_SUCH_DOMAIN_KEY';
}

/** More than are evicted between a use and the next look at uses, seconds later. */
const maxFormerOwners = 10_000;

type MaterialLoading = Pick<NativeKeyTable, 'loadMaterial' | 'evict'>;
