import { type ParsedRequest, namedMaterialId } from '../crypto/crypto-calls.ts';
import { Missing } from '../keyring/missing.ts';
import type { KeyId } from '../keys/key-id.ts';
import { parseKeyReference } from '../keys/key-reference.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { unlessDryRun } from './dry-run.ts';
import { decryptingKey, encryptingKey } from './find-keys.ts';
import { readRequest } from './read-request.ts';

/** The destination is decided on before the source is opened. */
export function reEncrypt(call: DataPlaneCall): Buffer | Missing {
  const { request, plane } = call;
  const { parsed, facts } = readRequest('ReEncrypt', call);
  const onSameKey = () => isOnSameKey(parsed, call);

  const from = { ...facts('source'), onSameKey };
  const source = decryptingKey(
    { action: 'kms:ReEncryptFrom', facts: from, name: parsed.keyId, field: 'source_key_id' },
    parsed,
    call,
  );
  if (source instanceof Missing) return source;

  const to = { ...facts('destination'), onSameKey };
  const wanted = { action: 'kms:ReEncryptTo', facts: to, name: parsed.destinationKeyId, field: 'destination_key_id' } as const;
  const destination = encryptingKey(wanted, call);
  if (destination instanceof Missing) return destination;
  return unlessDryRun(parsed, plane.calls.reEncrypt(request, parsed, { source, destination }));
}

function isOnSameKey(parsed: ParsedRequest, call: DataPlaneCall): boolean | Missing {
  const to = keyIdOf(parsed.destinationKeyId, 'kms:ReEncryptTo', call);
  if (to instanceof Missing) return to;
  const from = parsed.keyId === '' ? ownerIdOf(parsed, call) : keyIdOf(parsed.keyId, 'kms:ReEncryptFrom', call);
  return from instanceof Missing ? from : from !== undefined && from === to;
}

/** Which key a name means, whether there is such a key or not. */
function keyIdOf(
  name: string,
  action: 'kms:ReEncryptFrom' | 'kms:ReEncryptTo',
  { plane, caller }: DataPlaneCall,
): KeyId | Missing | undefined {
  const reference = parseKeyReference(name, 'key_id', plane.scope);
  if (reference.kind === 'elsewhere') return undefined;
  if (reference.kind === 'key') return reference.keyId;
  const found = plane.keyring.key(reference);
  return found instanceof Missing ? caller.permission.loading(action, found, reference) : found.key.keyId;
}

function ownerIdOf(parsed: ParsedRequest, { request, plane, caller }: DataPlaneCall): KeyId | Missing | undefined {
  const loaded = plane.keyring.materialByHandle(parsed.handle) ?? plane.keyring.material(namedMaterialId(request, parsed));
  return loaded instanceof Missing ? caller.permission.loading('kms:ReEncryptFrom', loaded) : loaded?.material.keyId;
}
