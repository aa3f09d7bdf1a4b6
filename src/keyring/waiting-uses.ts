import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import { type Uses, addedUses } from '../keys/uses.ts';

/** Uses of backing keys that are in no store yet, found by their key: one entry for each backing key, and no more than so many. */
export class WaitingUses {
  readonly #capacity: number;
  readonly #ownerOf: (id: KeyMaterialId) => KeyId | undefined;
  /** Under `undefined` those of backing keys whose key is not known; they are found again when the store has them. */
  readonly #byKey = new Map<KeyId | undefined, Map<KeyMaterialId, Uses>>();
  #size = 0;

  constructor(capacity: number, ownerOf: (id: KeyMaterialId) => KeyId | undefined) {
    this.#capacity = capacity;
    this.#ownerOf = ownerOf;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds to what is there. Uses of one backing key more than there is room for are lost. */
  add(id: KeyMaterialId, uses: Uses): void {
    const keyId = this.#ownerOf(id);
    const before = this.#byKey.get(keyId)?.get(id);
    if (before === undefined && this.#size >= this.#capacity) return;
    const ofKey = this.#byKey.get(keyId) ?? new Map<KeyMaterialId, Uses>();
    ofKey.set(id, before === undefined ? uses : addedUses(before, uses));
    this.#byKey.set(keyId, ofKey);
    if (before === undefined) this.#size += 1;
  }

  ofKey(keyId: KeyId): readonly Uses[] {
    return [...(this.#byKey.get(keyId)?.values() ?? [])];
  }

  ofMaterial(keyId: KeyId, id: KeyMaterialId): Uses | undefined {
    return this.#byKey.get(keyId)?.get(id);
  }

  /** Removes so many, or all if there are fewer, and answers them. */
  takeOut(most: number): readonly (readonly [KeyMaterialId, Uses])[] {
    const taken: (readonly [KeyMaterialId, Uses])[] = [];
    for (const [keyId, ofKey] of this.#byKey) {
      for (const [id, uses] of ofKey) {
        if (taken.length === most) return taken;
        ofKey.delete(id);
        this.#size -= 1;
        taken.push([id, uses]);
      }
      this.#byKey.delete(keyId);
    }
    return taken;
  }
}
