import type { BatchDecision, ParsedBatch } from '../crypto/batch-calls.ts';
import type { BatchOperation } from '../crypto/native.ts';
import { KmsError } from '../errors.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import { parseKeyReference } from '../keys/key-reference.ts';
import { BatchMaterials } from './batch-materials.ts';
import type { DataPlane, DataPlaneCall } from './data-plane.ts';
import { encryptingKey, requireUse } from './find-keys.ts';
import { refuseGrantTokens } from './grant-tokens.ts';

/**
 * Answers a batch: bytes of the request in, bytes of the response out. Its items are worked off natively, on a thread of the
 * addon when they are many; here it is decided once for each key and backing key that they name.
 */
export function answerBatch(operation: BatchOperation, { request, plane, caller }: DataPlaneCall): Buffer | Promise<Buffer> {
  const maxReplyBytes = caller.maxReplyBytes();
  const batch = plane.batches.parse(operation, request, maxReplyBytes);
  refuseGrantTokens(batch);
  if (batch.replyBytes > maxReplyBytes) throw replyTooLarge(batch, maxReplyBytes);
  const materials = new BatchMaterials(batch.materials, plane);
  // Keys are used, or copied for a thread, in the turn of the event loop in which it was decided: a batch that began before
  // DisableKey may finish after it, and none that begins afterwards uses the key.
  const look = () => {
    const decision = decisions[operation](batch, materials, plane);
    return decision instanceof Missing ? decision : plane.batches.run(batch, decision);
  };
  const answered = (): Buffer | Promise<Buffer> => {
    caller.requireTime();
    const response = look();
    return response instanceof Missing ? untilLoaded<Buffer | Promise<Buffer>>(response, look, caller.requireTime) : response;
  };
  const waiting = caller.reserve(batch.replyBytes);
  return waiting === undefined ? answered() : waiting.then(answered);
}

type Decide = (batch: ParsedBatch, materials: BatchMaterials, plane: DataPlane) => BatchDecision | Missing;

function encrypting({ keyId }: ParsedBatch, _materials: BatchMaterials, plane: DataPlane): BatchDecision | Missing {
  const key = encryptingKey(keyId, 'key_id', plane);
  return key instanceof Missing ? key : { arnBytes: key.arnBytes, encrypting: key.handle };
}

function decrypting({ keyId }: ParsedBatch, materials: BatchMaterials, plane: DataPlane): BatchDecision | Missing {
  const keys = sourceKeys(keyId, 'key_id', { materials, plane });
  return keys instanceof Missing ? keys : { arnBytes: noArn, decrypting: keys };
}

/** The destination is decided on before any source is opened. */
function reEncrypting(batch: ParsedBatch, materials: BatchMaterials, plane: DataPlane): BatchDecision | Missing {
  const sources = sourceKeys(batch.keyId, 'source_key_id', { materials, plane });
  if (sources instanceof Missing) return sources;
  const destination = encryptingKey(batch.destinationKeyId, 'destination_key_id', plane);
  if (destination instanceof Missing) return destination;
  return { arnBytes: noArn, encrypting: destination.handle, decrypting: sources };
}

/** A key that the caller names and that must not be used fails the call; one that only a ciphertext names fails its items. */
function sourceKeys(
  name: string,
  field: string,
  { materials, plane }: { materials: BatchMaterials; plane: DataPlane },
): readonly (number | KmsError)[] | Missing {
  if (name === '') return materials.decide(undefined);
  const key: KeySnapshot | Missing = plane.keyring.key(parseKeyReference(name, field, plane.scope));
  if (key instanceof Missing) return key;
  requireUse(key, plane);
  return materials.decide(key);
}

function replyTooLarge({ items, replyBytes, fittingItems }: ParsedBatch, maxReplyBytes: number): KmsError {
  return new KmsError(
    'RESPONSE_TOO_LARGE',
    `The reply to these ${items} items may have ${replyBytes} bytes, and the caller takes ${maxReplyBytes}: ` +
      `send ${fittingItems} items or fewer, or allow more with the metadata latchkey-max-reply-bytes, 64 MiB at most.`,
  );
}

const decisions: Readonly<Record<BatchOperation, Decide>> = {
  BatchEncrypt: encrypting,
  BatchDecrypt: decrypting,
  BatchReEncrypt: reEncrypting,
  BatchGenerateDataKey: encrypting,
};
const noArn = new Uint8Array();
