import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { encryptingKey } from './find-keys.ts';

export function generateDataKey(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('GenerateDataKey', request);
  const key = encryptingKey(parsed.keyId, 'key_id', plane);
  return key instanceof Missing ? key : plane.calls.generateDataKey(request, parsed, key);
}

export function generateDataKeyWithoutPlaintext(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('GenerateDataKeyWithoutPlaintext', request);
  const key = encryptingKey(parsed.keyId, 'key_id', plane);
  return key instanceof Missing ? key : plane.calls.generateDataKeyWithoutPlaintext(request, parsed, key);
}
