import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { encryptingKey } from './find-keys.ts';

export function encrypt(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('Encrypt', request);
  const key = encryptingKey(parsed.keyId, 'key_id', plane);
  return key instanceof Missing ? key : plane.calls.encrypt(request, parsed, key);
}
