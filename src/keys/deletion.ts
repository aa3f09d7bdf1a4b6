import { KmsError } from '../errors.ts';
import { dayMs } from './days.ts';
import type { Key, SeenDue } from './key.ts';

/** Limits and default of the waiting period, in days. */
export const deletionWindow = { least: 7, greatest: 30, default: 30 } as const;

/** How long the service runs on after something was due before it is destroyed: one bad clock must not destroy keys. */
export const destructionGraceMs = dayMs;

export function deletionScheduled(key: Key, windowDays: number, now: number): Key {
  return { ...key, deletion: { requestedAt: now, date: now + windowDays * dayMs } };
}

/** A key whose deletion was cancelled is disabled: whoever wants to use it again says so. */
export function deletionCancelled({ deletion: _, ...key }: Key): Key {
  return { ...key, disabled: true };
}

/** Throws DELETION_PROTECTED. `act` is what was asked for, as part of a sentence. */
export function requireUnprotected(key: Key, act: string): void {
  if (key.deletionProtected !== true) return;
  throw new KmsError(
    'DELETION_PROTECTED',
    `Key ${key.keyId} is protected: ${act} is refused until SetDeletionProtection lifts that.`,
  );
}

/** How a look finds something that is to be destroyed once it was due for the whole grace. */
export type Verdict = 'wait' | 'destroy' | { readonly due: SeenDue | undefined };

/**
 * What to do about something that is due from `date` on: nothing, note that it was seen to be due (or is no longer), or destroy it.
 * `runningMs` is how long the service has run, over all of its starts.
 */
export function judge(date: number | undefined, seen: SeenDue | undefined, { now, runningMs }: Look): Verdict {
  if (date === undefined || date > now) return seen === undefined ? 'wait' : { due: undefined };
  if (seen === undefined) return { due: { at: now, afterRunningMs: runningMs } };
  if (now < seen.at) return { due: { ...seen, at: now } };
  return runningMs - seen.afterRunningMs >= destructionGraceMs ? 'destroy' : 'wait';
}

/** What a look at the keys goes by. */
export interface Look {
  readonly now: number;
  readonly runningMs: number;
}
