import type { NativeKeyTable } from '../../src/crypto/native.ts';
import type { Uses } from '../../src/keys/uses.ts';

/** The part of the native table that counts, with the test as what it counts. */
export class UseCounter implements Pick<NativeKeyTable, 'takeUses'> {
  readonly #counted = new Map<string, Uses>();

  /** One use, or as many as are given. */
  count(keyMaterialId: string, uses: Partial<Uses> = {}): void {
    const before = this.#counted.get(keyMaterialId) ?? { ...none, firstUsedAt: Infinity };
    const { encryptions, decryptions, plaintextBytes, firstUsedAt, lastUsedAt } = { ...none, encryptions: 1, ...uses };
    this.#counted.set(keyMaterialId, {
      encryptions: before.encryptions + encryptions,
      decryptions: before.decryptions + decryptions,
      plaintextBytes: before.plaintextBytes + plaintextBytes,
      firstUsedAt: Math.min(before.firstUsedAt, firstUsedAt),
      lastUsedAt: Math.max(before.lastUsedAt, lastUsedAt),
    });
  }

  takeUses(): { readonly ids: Buffer; readonly counts: Float64Array } | undefined {
    if (this.#counted.size === 0) return undefined;
    const ids = Buffer.from([...this.#counted.keys()].join(''), 'hex');
    const counts = [...this.#counted.values()].flatMap((uses) => [
      uses.encryptions,
      uses.decryptions,
      uses.plaintextBytes,
      uses.firstUsedAt,
      uses.lastUsedAt,
    ]);
    this.#counted.clear();
    return { ids, counts: Float64Array.from(counts) };
  }
}

const none: Uses = { encryptions: 0, decryptions: 0, plaintextBytes: 0, firstUsedAt: 0, lastUsedAt: 0 };
