import { Missing } from '../keyring/missing.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { decryptingKey } from './find-keys.ts';
import { readRequest } from './read-request.ts';

export function decrypt(call: DataPlaneCall): Buffer | Missing {
  const { parsed, facts } = readRequest('Decrypt', call);
  const key = decryptingKey({ action: 'kms:Decrypt', facts: facts(), name: parsed.keyId, field: 'key_id' }, parsed, call);
  return key instanceof Missing ? key : unlessDryRun(parsed, call.plane.calls.decrypt(call.request, parsed, key));
}
