import type { KeyId } from '../keys/key-id.ts';
import { type KeyOperation, requireState, stateDated } from '../keys/key-state.ts';
import type { Key } from '../keys/key.ts';
import type { ControlPlane } from './control-plane.ts';

/** A change of one key that its state allows or not. */
export interface KeyChange {
  readonly keyId: KeyId;
  readonly operation: KeyOperation;
  /** Decides on errors of origin, which come before those of state. */
  readonly require?: (key: Key) => void;
  /** The key after the change; the key itself when nothing is to change. `now` is for dates. */
  readonly change: (key: Key, now: number) => Key;
}

/** Changes what a key's record says. Throws what `require`, the state and `change` refuse. */
export async function changeKey(
  { keyId, operation, require, change }: KeyChange,
  { keyring, clock }: Pick<ControlPlane, 'keyring' | 'clock'>,
): Promise<Key> {
  return keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    require?.(key);
    requireState(key, operation, clock.steadyNow());
    const now = clock.now();
    const after = change(key, now);
    if (after === key) return { answer: key };
    const dated = stateDated(key, after, now);
    return { change: { updateKey: dated }, answer: dated };
  });
}
