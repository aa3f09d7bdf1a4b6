import { type KeyState, keyStates, stateOf } from '../keys/key-state.ts';
import type { Store } from '../storage/store.ts';

export interface KeyCounts {
  readonly byState: Readonly<Record<KeyState, number>>;
  /** Of all of them, those whose material is known. */
  readonly insecure: number;
}

/** Numbers of keys, every state included. `now` in milliseconds since 1970. Throws when the store cannot be read. */
export async function countKeys(now: number, store: Pick<Store, 'countKeys'>): Promise<KeyCounts> {
  const { value: rows } = await store.countKeys(now);
  const total = (counted: typeof rows) => counted.reduce((sum, { count }) => sum + count, 0);
  const inState = (state: KeyState) => total(rows.filter((row) => stateOf(row) === state));
  return {
    byState: Object.fromEntries(keyStates.map((state) => [state, inState(state)])) as Record<KeyState, number>,
    insecure: total(rows.filter(({ insecure }) => insecure)),
  };
}
