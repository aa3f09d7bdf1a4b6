import type { KeyId } from './key-id.ts';
import type { KeyMaterialId } from './key-material-id.ts';
import type { KeySpec } from './key-spec.ts';

/** One backing key, without its bytes. Times are milliseconds since 1970. */
export interface KeyMaterial {
  readonly keyMaterialId: KeyMaterialId;
  readonly keyId: KeyId;
  /** Its key's spec: id and input key are derived for it. */
  readonly keySpec: KeySpec;
  /** 1 for a key's first, then ascending without gaps. */
  readonly sequence: number;
  readonly createdAt: number;
  /** How it became the current one; absent for the backing key that its key was created with. */
  readonly rotation?: Rotation;
  /** Of imported material: whether its bytes are there, and until when. */
  readonly imported?: ImportedBytes;
  /** Since when it counts as compromised: it decrypts nothing. */
  readonly compromisedAt?: number;
}

export interface ImportedBytes {
  readonly present: boolean;
  /** Absent when it does not expire. */
  readonly expiresAt?: number;
}

export interface Rotation {
  readonly type: RotationType;
  readonly rotatedAt: number;
}

export const rotationTypes = ['AUTOMATIC', 'ON_DEMAND'] as const;
export type RotationType = (typeof rotationTypes)[number];
