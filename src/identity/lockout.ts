import type { Principal } from '../access/principal.ts';
import { type DenyList, isDenied } from './deny-list.ts';

/** Why a principal is not let in, whatever it authenticates with. */
export type Lockout = 'disabled' | 'denied';

/** All that locks a principal out that is not deleted; empty when it is let in. */
export function lockoutsOf({ path, disabled }: Pick<Principal, 'path' | 'disabled'>, denyList: DenyList): readonly Lockout[] {
  const reasons: readonly (Lockout | false)[] = [disabled && 'disabled', isDenied(denyList, { path }) && 'denied'];
  return reasons.filter((reason) => reason !== false);
}
