import { KmsError } from '../errors.ts';
import type { Decision } from '../keyring/keyring.ts';

/** A decision that has been made, and is not carried out in a dry run: then it throws DRY_RUN, in the place of everything else that it could have thrown. */
export function unlessDryRun<T>({ dryRun }: { readonly dryRun: boolean }, decision: Decision<T>): Decision<T> {
  if (!dryRun) return decision;
  throw new KmsError('DRY_RUN', 'The call would have succeeded; send it without dry_run to have it done.');
}
