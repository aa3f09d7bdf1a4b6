import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { encryptingKey } from './find-keys.ts';
import { refuseGrantTokens } from './grant-tokens.ts';

export function encrypt(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('Encrypt', request);
  refuseGrantTokens(parsed);
  const key = encryptingKey(parsed.keyId, 'key_id', plane);
  return key instanceof Missing ? key : unlessDryRun(parsed, plane.calls.encrypt(request, parsed, key));
}
