import type { Key } from './key.ts';
import { nextRotationAt } from './rotation.ts';

/**
 * When the key has to be looked at next, in milliseconds since 1970: the one rule that says what is due. Rotation, expiry
 * and deletion are all found by it. `undefined`: not before somebody changes the key. 0: at every look, because
 * something was seen to be due, and is destroyed only if it is due at every look.
 */
export function nextLookAt(key: Key): number | undefined {
  const { deletion, imported, disabled } = key;
  if (deletion?.due !== undefined || imported?.due !== undefined) return 0;
  const rotates = !disabled && deletion === undefined;
  const dates = [deletion?.date, imported?.expiresAt, imported?.pendingExpiresAt, rotates ? nextRotationAt(key) : undefined];
  const next = Math.min(...dates.filter((date) => date !== undefined));
  return next === Infinity ? undefined : next;
}
