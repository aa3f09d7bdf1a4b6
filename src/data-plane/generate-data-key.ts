import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { encryptingKey } from './find-keys.ts';
import { refuseGrantTokens } from './grant-tokens.ts';

export function generateDataKey(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('GenerateDataKey', request);
  refuseGrantTokens(parsed);
  const key = encryptingKey(parsed.keyId, 'key_id', plane);
  return key instanceof Missing ? key : unlessDryRun(parsed, plane.calls.generateDataKey(request, parsed, key));
}

export function generateDataKeyWithoutPlaintext(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('GenerateDataKeyWithoutPlaintext', request);
  refuseGrantTokens(parsed);
  const key = encryptingKey(parsed.keyId, 'key_id', plane);
  return key instanceof Missing ? key : unlessDryRun(parsed, plane.calls.generateDataKeyWithoutPlaintext(request, parsed, key));
}
