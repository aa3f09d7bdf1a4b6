import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { decryptingKey } from './find-keys.ts';

export function decrypt(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('Decrypt', request);
  const key = decryptingKey({ request, parsed, keyName: parsed.keyId, field: 'key_id' }, plane);
  return key instanceof Missing ? key : plane.calls.decrypt(request, parsed, key);
}
