import type { SealingKey } from '../crypto/crypto-calls.ts';
import { Missing } from '../keyring/missing.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { encryptingKey } from './find-keys.ts';
import { type RequestRead, readRequest } from './read-request.ts';

export function generateDataKey(call: DataPlaneCall): Buffer | Missing {
  const read = readRequest('GenerateDataKey', call);
  const key = wrappingKey('kms:GenerateDataKey', read, call);
  return key instanceof Missing ? key : unlessDryRun(read.parsed, call.plane.calls.generateDataKey(call.request, read.parsed, key));
}

export function generateDataKeyWithoutPlaintext(call: DataPlaneCall): Buffer | Missing {
  const read = readRequest('GenerateDataKeyWithoutPlaintext', call);
  const key = wrappingKey('kms:GenerateDataKeyWithoutPlaintext', read, call);
  if (key instanceof Missing) return key;
  return unlessDryRun(read.parsed, call.plane.calls.generateDataKeyWithoutPlaintext(call.request, read.parsed, key));
}

function wrappingKey(
  action: 'kms:GenerateDataKey' | 'kms:GenerateDataKeyWithoutPlaintext',
  { parsed, facts }: RequestRead,
  call: DataPlaneCall,
): SealingKey | Missing {
  return encryptingKey({ action, facts: facts(), name: parsed.keyId, field: 'key_id' }, call);
}
