import type { KeyUses__Output } from '../generated/latchkey/v1/KeyUses.ts';
import { readableTimestamp } from './message-json.ts';
import type { Timestamp } from './message-json.ts';
import { count } from './text.ts';

/** Since when uses are counted, and since when there was anything to use. */
interface Tracking {
  readonly startedAt: Timestamp | null;
  readonly createdAt: Timestamp | null;
}

/** When something was last used, for people. No use on record means `never` only if all uses are on record. */
export function lastUse(
  lastUsedAt: Timestamp | null | undefined,
  { startedAt, createdAt }: Tracking,
  dated = readableTimestamp,
): string {
  if (lastUsedAt) return dated(lastUsedAt);
  if (startedAt === null) return '-';
  return isAfter(startedAt, createdAt) ? `not since ${readableTimestamp(startedAt)}, when counting began` : 'never';
}

/** Facts about the uses of a key; `dated` writes the time of the last. */
export function useFacts(
  uses: KeyUses__Output | null,
  createdAt: Timestamp | null,
  dated = readableTimestamp,
): readonly (readonly [label: string, value: string])[] {
  if (uses === null) return [];
  const last = lastUse(uses.last_used_date, { startedAt: uses.tracking_start_date, createdAt }, dated);
  if (uses.last_used_date === null) return [['Last used', last]];
  return [
    ['Last used', last],
    ['Uses', useCounts(uses, createdAt)],
  ];
}

/** Lines about the uses of a backing key. */
export function useLines(uses: KeyUses__Output | null, createdAt: Timestamp | null): string[] {
  if (uses === null) return [];
  const { first_used_date: first, last_used_date: last, tracking_start_date: startedAt } = uses;
  if (last === null) {
    return [isAfter(startedAt, createdAt) ? `not used since ${readableTimestamp(startedAt)}, when counting began` : 'never used'];
  }
  const [from, to] = [readableTimestamp(first), readableTimestamp(last)];
  const [counts = '', ...since] = useCounts(uses, createdAt).split('\n');
  return [
    from === to ? `used ${from}` : `used ${from} to ${to}`,
    `${counts}, ${count(Number(uses.plaintext_bytes), 'byte')}`,
    ...since,
  ];
}

/** How often, in a line, and in a second one since when if not from the beginning. */
function useCounts(uses: KeyUses__Output, createdAt: Timestamp | null): string {
  const { encryptions, decryptions, tracking_start_date: startedAt } = uses;
  const counts = `${count(Number(encryptions), 'encryption')}, ${count(Number(decryptions), 'decryption')}`;
  return isAfter(startedAt, createdAt) ? `${counts}\nsince ${readableTimestamp(startedAt)}` : counts;
}

/** Whether there may have been uses that nobody counted. */
export function isAfter(startedAt: Timestamp | null, createdAt: Timestamp | null): boolean {
  return millisecondsOf(startedAt) > millisecondsOf(createdAt);
}

function millisecondsOf(timestamp: Timestamp | null): number {
  return timestamp === null ? 0 : Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}
