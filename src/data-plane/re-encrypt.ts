import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { decryptingKey, encryptingKey } from './find-keys.ts';
import { refuseGrantTokens } from './grant-tokens.ts';

/** The destination is decided on before the source is opened. */
export function reEncrypt(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('ReEncrypt', request);
  refuseGrantTokens(parsed);
  const source = decryptingKey({ request, parsed, keyName: parsed.keyId, field: 'source_key_id' }, plane);
  if (source instanceof Missing) return source;
  const destination = encryptingKey(parsed.destinationKeyId, 'destination_key_id', plane);
  if (destination instanceof Missing) return destination;
  return unlessDryRun(parsed, plane.calls.reEncrypt(request, parsed, { source, destination }));
}
