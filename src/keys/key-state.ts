import { KmsError } from '../errors.ts';
import type { ErrorReason } from '../generated/error-reasons.ts';
import type { Key } from './key.ts';

/** AWS KMS's key states. */
export const keyStates = ['ENABLED', 'DISABLED', 'PENDING_DELETION', 'PENDING_IMPORT'] as const;
export type KeyState = (typeof keyStates)[number];

/** The state follows from what is stored and from the time; it is stored nowhere. */
export function keyState(key: StateGrounds, now: number): KeyState {
  const { deletion, disabled } = key;
  return stateOf({ pendingDeletion: deletion !== undefined, pendingImport: (pendingImportAt(key) ?? Infinity) <= now, disabled });
}

/** What a key's state is derived from. */
export type StateGrounds = Pick<Key, 'deletion' | 'imported' | 'disabled' | 'currentKeyMaterialId'>;

/** From when on the key waits for an import, deletion aside; 0: it does already; `undefined`: nothing will make it. */
export function pendingImportAt({ imported, currentKeyMaterialId }: StateGrounds): number | undefined {
  if (currentKeyMaterialId === undefined || (imported !== undefined && imported.missing > 0)) return 0;
  return imported?.expiresAt;
}

/** Since when the key is in its state; `undefined` when nobody noted it. */
export function stateSince(key: Key, now: number): number | undefined {
  const importAt = pendingImportAt(key);
  const expired = keyState(key, now) === 'PENDING_IMPORT' && importAt !== undefined && importAt > 0;
  return expired ? importAt : key.stateChangedAt;
}

/** The key after a change, with the date since when it is in its state: that of the change if that changed it. */
export function stateDated(before: Key, after: Key, now: number): Key {
  const since = keyState(before, now) === keyState(after, now) ? stateSince(before, now) : now;
  return since === undefined ? after : { ...after, stateChangedAt: since };
}

/** The state of a key of which only this is known. */
export function stateOf(flags: { pendingDeletion: boolean; pendingImport: boolean; disabled: boolean }): KeyState {
  if (flags.pendingDeletion) return 'PENDING_DELETION';
  if (flags.pendingImport) return 'PENDING_IMPORT';
  return flags.disabled ? 'DISABLED' : 'ENABLED';
}

/** Operations that the table below tells apart. */
export type KeyOperation = keyof typeof allowed;

/** Throws the reason for which the key's state does not allow the operation at that time. */
export function requireState(key: Key, operation: KeyOperation, now: number): void {
  const refusal = allowed[operation][keyState(key, now)];
  if (refusal !== yes) throw new KmsError(refusal, `Key ${key.keyId} ${explanations[refusal]}`);
}

export type StateRefusal = Extract<ErrorReason, 'KEY_DISABLED' | 'KEY_PENDING_DELETION' | 'KEY_PENDING_IMPORT' | 'INVALID_STATE'>;

const yes = 'allowed';
const D = 'KEY_DISABLED';
const P = 'KEY_PENDING_DELETION';
const I = 'KEY_PENDING_IMPORT';
const X = 'INVALID_STATE';

/** The table of states: what each operation answers in each. */
export const allowed = {
  use: { ENABLED: yes, DISABLED: D, PENDING_DELETION: P, PENDING_IMPORT: I },
  read: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: yes, PENDING_IMPORT: yes },
  'create-alias': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
  'update-alias': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
  'delete-alias': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: yes, PENDING_IMPORT: yes },
  enable: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: I },
  disable: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: I },
  rotate: { ENABLED: yes, DISABLED: D, PENDING_DELETION: P, PENDING_IMPORT: I },
  import: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
  'delete-material': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: yes, PENDING_IMPORT: yes },
  'schedule-deletion': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
  'cancel-deletion': { ENABLED: X, DISABLED: X, PENDING_DELETION: yes, PENDING_IMPORT: X },
  annotate: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
  'put-policy': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: yes, PENDING_IMPORT: yes },
  'create-grant': { ENABLED: yes, DISABLED: D, PENDING_DELETION: P, PENDING_IMPORT: I },
  'end-grant': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: yes, PENDING_IMPORT: yes },
} as const satisfies Record<string, Record<KeyState, StateRefusal | typeof yes>>;

const explanations = {
  KEY_DISABLED: 'is disabled; EnableKey makes it usable again.',
  KEY_PENDING_DELETION: 'is scheduled for deletion; CancelKeyDeletion keeps it.',
  KEY_PENDING_IMPORT: 'waits for its key material; ImportKeyMaterial brings it.',
  INVALID_STATE: 'is not scheduled for deletion: there is nothing to cancel.',
} as const satisfies Record<StateRefusal, string>;
