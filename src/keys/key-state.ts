import { KmsError } from '../errors.ts';
import type { ErrorReason } from '../generated/error-reasons.ts';
import type { Key } from './key.ts';

/** AWS KMS's key states. Nothing brings a key into the last two yet; the table is whole all the same. */
export type KeyState = 'ENABLED' | 'DISABLED' | 'PENDING_DELETION' | 'PENDING_IMPORT';

/** The state follows from what is stored; it is stored nowhere. */
export function keyState(key: Key): KeyState {
  return key.disabled ? 'DISABLED' : 'ENABLED';
}

/** Operations that the table below tells apart. */
export type KeyOperation =
  | 'use'
  | 'describe'
  | 'create-alias'
  | 'update-alias'
  | 'delete-alias'
  | 'enable'
  | 'disable'
  | 'rotate-on-demand'
  | 'update-description';

/** Throws the reason for which the key's state does not allow the operation. */
export function requireState(key: Key, operation: KeyOperation): void {
  const refusal = allowed[operation][keyState(key)];
  if (refusal !== yes) throw new KmsError(refusal, `Key ${key.keyId} ${explanations[refusal]}`);
}

type Refusal = Extract<ErrorReason, 'KEY_DISABLED' | 'KEY_PENDING_DELETION' | 'KEY_PENDING_IMPORT'>;

const yes = 'allowed';
const D = 'KEY_DISABLED';
const P = 'KEY_PENDING_DELETION';
const I = 'KEY_PENDING_IMPORT';

/** The table of states: what each operation answers in each. */
export const allowed = {
  use: { ENABLED: yes, DISABLED: D, PENDING_DELETION: P, PENDING_IMPORT: I },
  describe: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: yes, PENDING_IMPORT: yes },
  'create-alias': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
  'update-alias': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
  'delete-alias': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: yes, PENDING_IMPORT: yes },
  enable: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: I },
  disable: { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: I },
  'rotate-on-demand': { ENABLED: yes, DISABLED: D, PENDING_DELETION: P, PENDING_IMPORT: I },
  'update-description': { ENABLED: yes, DISABLED: yes, PENDING_DELETION: P, PENDING_IMPORT: yes },
} as const satisfies Record<KeyOperation, Record<KeyState, Refusal | typeof yes>>;

const explanations = {
  KEY_DISABLED: 'is disabled; EnableKey makes it usable again.',
  KEY_PENDING_DELETION: 'is scheduled for deletion; CancelKeyDeletion keeps it.',
  KEY_PENDING_IMPORT: 'waits for its key material; ImportKeyMaterial brings it.',
} as const satisfies Record<Refusal, string>;
