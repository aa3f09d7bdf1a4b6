import type { ParsedRequest } from '../crypto/crypto-calls.ts';
import { KmsError } from '../errors.ts';

/** The response of an operation that has been done. A dry run is done too, and then answers with DRY_RUN; nothing of its response is left. */
export function unlessDryRun({ dryRun }: Pick<ParsedRequest, 'dryRun'>, response: Buffer): Buffer {
  if (!dryRun) return response;
  response.fill(0);
  throw new KmsError('DRY_RUN', 'The call would have succeeded; send it without dry_run to have it done.');
}
