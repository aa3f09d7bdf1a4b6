import { KmsError } from '../errors.ts';

/** There are no grants yet. A token that has no effect must not look as if it had one. */
export function refuseGrantTokens({ grantTokens }: { readonly grantTokens: number }): void {
  if (grantTokens === 0) return;
  throw new KmsError('UNSUPPORTED_OPERATION', 'This version has no grants; leave grant_tokens empty.');
}
