import type { StoreFaults } from './memory-store.ts';

/** Holds the first operation of that name until it is released; all others pass. */
export function holdFirst(faults: StoreFaults, when: 'before' | 'after', name: string): HeldOperation {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let held = false;
  faults[when] = async (operation) => {
    if (operation !== name || held) return;
    held = true;
    reached.resolve();
    await released.promise;
  };
  return { reached: reached.promise, release: released.resolve };
}

interface HeldOperation {
  /** Fulfils when the operation is held. */
  readonly reached: Promise<void>;
  readonly release: () => void;
}
