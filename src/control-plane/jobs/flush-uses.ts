import type { UseCounts } from '../../keyring/use-counts.ts';
import { every } from './every.ts';

/** Adds what backing keys were used for to the store, every few seconds and when it is stopped: a crash loses what came since. */
export function flushUses(uses: Pick<UseCounts, 'flush'>, failed: (error: unknown) => void): { stop(): Promise<void> } {
  const flushing = every(flushPeriodMs, () => uses.flush(), failed);
  return {
    /** Fulfils when everything up to now was added, or that has failed. */
    stop: async () => {
      await flushing.stop();
      await uses.flush().catch(failed);
    },
  };
}

/** The most that an unclean stop loses. */
export const flushPeriodMs = 10_000;
