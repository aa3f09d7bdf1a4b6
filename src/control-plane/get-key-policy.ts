import type { ArnScope } from '../keys/arn.ts';
import { defaultKeyPolicy } from '../keys/default-key-policy.ts';
import type { Key } from '../keys/key.ts';

/** A key's policy as it was put, byte for byte; of a key that was given none, the default one, by which it is decided about too. */
export function getKeyPolicy({ policy }: Pick<Key, 'policy'>, scope: ArnScope): string {
  return policy ?? defaultKeyPolicy(scope);
}
