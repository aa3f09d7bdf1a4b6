import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { decryptingKey } from './find-keys.ts';
import { refuseGrantTokens } from './grant-tokens.ts';

export function decrypt(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('Decrypt', request);
  refuseGrantTokens(parsed);
  const key = decryptingKey({ request, parsed, keyName: parsed.keyId, field: 'key_id' }, plane);
  return key instanceof Missing ? key : unlessDryRun(parsed, plane.calls.decrypt(request, parsed, key));
}
