import type { KeyId } from './key-id.ts';
import type { ImportedBytes } from './key-material.ts';
import type { KeyMaterialId } from './key-material-id.ts';
import type { KeyManager, KeyOrigin, KeySpec, KeyUsage } from './key-spec.ts';
import type { RotationSchedule } from './rotation.ts';
import type { Tag } from './tag.ts';

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
  /** When a call last changed the state. Absent for keys of version 0.1 that were not changed since. */
  readonly stateChangedAt?: number;
  /** The backing key that encrypts. Absent before the first import. */
  readonly currentKeyMaterialId?: KeyMaterialId;
  /** Backing keys in all: the sequence of the newest. */
  readonly materialCount: number;
  /** When a backing key last took over from another. */
  readonly lastRotatedAt?: number;
  /** Rotations on demand so far. */
  readonly onDemandRotations?: number;
  /** Absent when the key is not rotated automatically. */
  readonly rotation?: RotationSchedule;
  /** Of origin EXTERNAL: what its backing keys' bytes say about its state. */
  readonly imported?: ImportedMaterial;
  /** Absent unless the key's deletion is pending. */
  readonly deletion?: PendingDeletion;
  readonly deletionProtected?: boolean;
  /** In the order of their keys' bytes, each key once. */
  readonly tags?: readonly Tag[];
  /** Its material came from a seed file: others know it. */
  readonly insecure?: boolean;
  /** The key policy's JSON, as it was put. Absent: the default one. */
  readonly policy?: string;
  /** Who is meant by each principal that the policy names: a name that somebody else were given later would not count. */
  readonly policyPrincipals?: readonly PolicyPrincipal[];
}

export type PolicyPrincipal = readonly [arn: string, principalId: string];

/** A sum over the backing keys of an imported key, so that its state is known without reading them. */
export interface ImportedMaterial {
  /** Permanently associated backing keys (all but one that is pending rotation) whose bytes are not there. */
  readonly missing: number;
  /** When the first of the permanently associated ones expires; absent when none does. */
  readonly expiresAt?: number;
  /** The backing key that RotateKeyOnDemand will make the current one. */
  readonly pendingRotationId?: KeyMaterialId;
  /** When that one expires, if it does. */
  readonly pendingExpiresAt?: number;
  /** Of the current one. */
  readonly current?: ImportedBytes;
  /** Since when it has been seen to be expired, at every look. */
  readonly due?: SeenDue;
}

export interface PendingDeletion {
  readonly requestedAt: number;
  /** When it is due. */
  readonly date: number;
  /** Since when it has been seen to be due, at every look. */
  readonly due?: SeenDue;
}

/** The first of the looks at each of which something was due. */
export interface SeenDue {
  /** What the clock said. */
  readonly at: number;
  /** How long the service had run by then, in milliseconds over all of its starts. */
  readonly afterRunningMs: number;
}

export const maxDescriptionCharacters = 8192;

/** Whether an alias may move from one key to the other. */
export function sameKind(a: Key, b: Key): boolean {
  return a.keySpec === b.keySpec && a.keyUsage === b.keyUsage;
}
