import { type ArnScope, keyArn } from '../keys/arn.ts';
import { parseKeyId } from '../keys/key-id.ts';

/** No key has it: what a policy says of it, it says of any key that it does not name. */
export const anyKey = parseKeyId('00000000-0000-0000-0000-000000000000') ?? noKeyId();

/** What a policy is asked about that has to allow something with a key that is not yet made. */
export function newKeyArn(scope: ArnScope): string {
  return keyArn(scope, anyKey);
}

function noKeyId(): never {
  throw new Error('The nil UUID is no key id.');
}
