import type { KeyId } from './key-id.ts';
import type { KeyMaterialId } from './key-material-id.ts';
import type { KeyManager, KeyOrigin, KeySpec, KeyUsage } from './key-spec.ts';

/** A key as the store holds it: what decides about it, without its backing keys. Times are milliseconds since 1970. */
export interface Key {
  readonly keyId: KeyId;
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  readonly origin: KeyOrigin;
  readonly keyManager: KeyManager;
  readonly description: string;
  readonly createdAt: number;
  /** The flag that DisableKey sets; the state is derived (`key-state.ts`). */
  readonly disabled: boolean;
  /** The backing key that encrypts. */
  readonly currentKeyMaterialId: KeyMaterialId;
  /** Backing keys in all: the sequence of the newest. */
  readonly materialCount: number;
  /** When a backing key last took over from another. */
  readonly lastRotatedAt?: number;
}

export const maxDescriptionCharacters = 8192;

/** Whether an alias may move from one key to the other. */
export function sameKind(a: Key, b: Key): boolean {
  return a.keySpec === b.keySpec && a.keyUsage === b.keyUsage;
}
