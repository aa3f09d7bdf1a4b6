import type { ActionName } from '../access/actions.ts';
import type { BatchDecision, ParsedBatch } from '../crypto/batch-calls.ts';
import type { BatchOperation } from '../crypto/native.ts';
import { KmsError } from '../errors.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import { NotLoaded } from '../permission/call-facts.ts';
import { BatchMaterials } from './batch-materials.ts';
import { ItemDecisions } from './item-decisions.ts';
import { ItemContexts } from './contexts.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { currentBackingKey, requireUse } from './find-keys.ts';
import { requireGrantTokens } from './grant-tokens.ts';
import { permittedForItems } from './item-permission.ts';
import { reEncryption } from './re-encrypt-batch.ts';

/**
 * Answers a batch: bytes of the request in, bytes of the response out. Its items are worked off natively, on a thread of the
 * addon when they are many; here it is decided once for each key and backing key that they name, and for each value of a
 * context column if policies ask for it.
 */
export function answerBatch(operation: BatchOperation, call: DataPlaneCall): Buffer | Promise<Buffer> {
  const { request, plane, caller } = call;
  const maxReplyBytes = caller.maxReplyBytes();
  const batch = plane.batches.parse(operation, request, maxReplyBytes);
  requireGrantTokens(batch, plane.batches.texts, plane);
  if (batch.replyBytes > maxReplyBytes) throw replyTooLarge(batch, maxReplyBytes);
  const materials = new BatchMaterials(batch.materials, plane);
  const items = new ItemDecisions(() => plane.keyring.directory.counter);
  // Keys are used, or copied for a thread, in the turn of the event loop in which it was decided, or found that nothing has changed
  // since: a batch that began before DisableKey may finish after it, and none that begins afterwards uses the key.
  const look = () =>
    orMissing(() => {
      const decision = decisions[operation]({ batch, materials, call });
      if (decision instanceof Missing) return decision;
      const verdicts = items.verdicts(plane.batches.verdicts(batch, decision), caller.requireTime);
      return verdicts instanceof Missing ? verdicts : plane.batches.run(batch, decision, verdicts);
    });
  const answered = (): Buffer | Promise<Buffer> => {
    caller.requireTime();
    const response = look();
    return response instanceof Missing ? untilLoaded<Buffer | Promise<Buffer>>(response, look, caller.requireTime) : response;
  };
  const waiting = caller.reserve(batch.replyBytes);
  return waiting === undefined ? answered() : waiting.then(answered);
}

/** What is decided with. */
export interface BatchCall {
  readonly batch: ParsedBatch;
  readonly materials: BatchMaterials;
  readonly call: DataPlaneCall;
}

/** A policy may ask for something of one item alone that is not in memory. */
function orMissing<T>(work: () => T | Missing): T | Missing {
  try {
    return work();
  } catch (error) {
    if (error instanceof NotLoaded) return error.missing;
    throw error;
  }
}

function encrypting(action: ActionName): Decide {
  return ({ batch, call }) => {
    const contexts = new ItemContexts(batch, call.plane.batches.texts);
    const key = permittedForItems({ action, contexts, name: batch.keyId, field: 'key_id', factsOf: () => ({}) }, call);
    if (key instanceof Missing) return key;
    const backing = currentBackingKey(key.snapshot, call.plane);
    if (backing instanceof Missing) return backing;
    const { refusalOf } = key.permission;
    const refusedItems = refusalOf === undefined ? {} : { refusedItems: { ofColumn: refusalOf } };
    return { arnBytes: backing.arnBytes, encrypting: backing.handle, ...refusedItems };
  };
}

/** A key that the caller names and that must not be used fails the call; one that only a ciphertext names fails its items. */
function decrypting({ batch, materials, call }: BatchCall): BatchDecision | Missing {
  const { plane, caller } = call;
  const asked = { action: 'kms:Decrypt', contexts: new ItemContexts(batch, plane.batches.texts) } as const;
  const key =
    batch.keyId === '' ? undefined : permittedForItems({ ...asked, name: batch.keyId, field: 'key_id', factsOf: () => ({}) }, call);
  if (key instanceof Missing) return key;
  if (key !== undefined) requireUse(key.snapshot, plane);
  const decided = materials.decide(key, () => ({ ...asked, facts: {}, caller }));
  if (decided instanceof Missing) return decided;
  const { refusalOf } = decided;
  const refusedItems =
    refusalOf === undefined ? {} : { refusedItems: { ofColumn: (value: string, material = 0) => refusalOf(value, material) } };
  return { arnBytes: noArn, decrypting: decided.decrypting, ...refusedItems };
}

type Decide = (call: BatchCall) => BatchDecision | Missing;

function replyTooLarge({ items, replyBytes, fittingItems }: ParsedBatch, maxReplyBytes: number): KmsError {
  return new KmsError(
    'RESPONSE_TOO_LARGE',
    `The reply to these ${items} items may have ${replyBytes} bytes, and the caller takes ${maxReplyBytes}: ` +
      `send ${fittingItems} items or fewer, or allow more with the metadata latchkey-max-reply-bytes, 64 MiB at most.`,
  );
}

const decisions: Readonly<Record<BatchOperation, Decide>> = {
  BatchEncrypt: encrypting('kms:Encrypt'),
  BatchDecrypt: decrypting,
  BatchReEncrypt: reEncryption,
  BatchGenerateDataKey: encrypting('kms:GenerateDataKey'),
};
const noArn = new Uint8Array();
