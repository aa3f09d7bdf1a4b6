import { Missing } from '../keyring/missing.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { encryptingKey } from './find-keys.ts';
import { readRequest } from './read-request.ts';

export function encrypt(call: DataPlaneCall): Buffer | Missing {
  const { parsed, facts } = readRequest('Encrypt', call);
  const key = encryptingKey({ action: 'kms:Encrypt', facts: facts(), name: parsed.keyId, field: 'key_id' }, call);
  return key instanceof Missing ? key : unlessDryRun(parsed, call.plane.calls.encrypt(call.request, parsed, key));
}
