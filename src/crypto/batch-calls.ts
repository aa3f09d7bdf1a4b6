import { KmsError, invalidCiphertext, invalidField } from '../errors.ts';
import { allocateWithHeadroom } from '../headroom.ts';
import { type KeyMaterialId, parseKeyMaterialId } from '../keys/key-material-id.ts';
import { type ItemRefusals, type ItemVerdicts, itemVerdicts } from './item-verdicts.ts';
import { nativeFailure } from './native-failure.ts';
import { type BatchItemFailure, type BatchOperation, type NativeKeyTable, batchItemFailures, operationNumbers } from './native.ts';
import { BatchView, batchViewLength, requestLimits } from './native-views.ts';
import { requestText } from './request-text.ts';
import { RequestTexts, type TextTable } from './request-texts.ts';

/** A batch that was parsed: what is decided about it, once for each key and backing key. Absent names are ''. */
export interface ParsedBatch {
  readonly operation: BatchOperation;
  readonly request: Buffer;
  /** `key_id`, or `source_key_id` of BatchReEncrypt. */
  readonly keyId: string;
  readonly destinationKeyId: string;
  /** Key of the context column, of BatchReEncrypt the source's. */
  readonly columnKey: string;
  readonly destinationColumnKey: string;
  readonly items: number;
  /** The greatest size of the reply, and the same without ARN and statuses. */
  readonly replyBytes: number;
  readonly responseBytes: number;
  /** How many of the first items have a reply within the limit. */
  readonly fittingItems: number;
  /** Bytes of payload to work on. */
  readonly workBytes: number;
  /** How many grant tokens there are. */
  readonly grantTokens: number;
  /** The backing keys that the ciphertexts name, each once. */
  readonly materials: readonly NamedMaterial[];
}

export interface NamedMaterial {
  /** 0 when it was not in the table. */
  readonly handle: number;
  readonly id: () => KeyMaterialId;
}

/** What was decided about a batch. */
export interface BatchDecision {
  /** Bytes of the ARN that the reply names; empty where it names none. */
  readonly arnBytes: Uint8Array;
  /** Handle of the backing key that encrypts. */
  readonly encrypting?: number;
  /** For each of `materials`: the handle to decrypt with, or why its items fail. */
  readonly decrypting?: readonly (number | KmsError)[];
  /**
   * Where a decision depends on a context column: which items are refused. That comes before what `decrypting` says of them, and
   * after what is wrong with an item itself.
   */
  readonly refusedItems?: ItemRefusals;
}

/** The batches of CryptoService, parsed and answered natively. Throws `KmsError`s for what concerns a whole request. */
export class BatchCalls {
  readonly texts: RequestTexts;
  readonly #table: BatchTable;
  readonly #encodeStatus: (error: KmsError) => Uint8Array;
  /** Encoded statuses of the failures that items have by themselves. */
  readonly #itemFailures: readonly Uint8Array[];
  readonly #view = new Float64Array(batchViewLength);

  /** `encodeStatus` makes a google.rpc.Status of what items fail with. */
  constructor(table: BatchTable, encodeStatus: (error: KmsError) => Uint8Array) {
    this.texts = new RequestTexts(table);
    this.#table = table;
    this.#encodeStatus = encodeStatus;
    this.#itemFailures = batchItemFailures.map((failure) => encodeStatus(itemErrors[failure]()));
  }

  /** Refuses everything that concerns the request as a whole and can be refused without a key. */
  parse(operation: BatchOperation, request: Buffer, maxReplyBytes: number): ParsedBatch {
    const reserved = this.#itemFailures.reduce((sum, { length }) => sum + length, decidedBytes);
    const { ids, handles } = this.#parse(operation, request, Math.max(0, maxReplyBytes - reserved), fewMaterials);
    const view = this.#view;
    return {
      operation,
      request,
      keyId: requestText(request, view, BatchView.keyIdOffset),
      destinationKeyId: requestText(request, view, BatchView.destinationKeyIdOffset),
      columnKey: requestText(request, view, BatchView.columnKeyOffset),
      destinationColumnKey: requestText(request, view, BatchView.destinationColumnKeyOffset),
      items: view[BatchView.items] ?? 0,
      replyBytes: (view[BatchView.responseBytes] ?? 0) + reserved,
      responseBytes: view[BatchView.responseBytes] ?? 0,
      fittingItems: view[BatchView.fittingItems] ?? 0,
      workBytes: view[BatchView.workBytes] ?? 0,
      grantTokens: view[BatchView.grantTokens] ?? 0,
      materials: Array.from({ length: view[BatchView.materials] ?? 0 }, (_, index) => ({
        handle: handles[index] ?? 0,
        id: () => materialIdAt(ids, index),
      })),
    };
  }

  /** Decides about the items, one value after the other. `undefined` where their values do not matter. */
  verdicts(batch: ParsedBatch, { refusedItems }: BatchDecision): Generator<undefined, ItemVerdicts, undefined> | undefined {
    return refusedItems && itemVerdicts(batch, refusedItems, this.texts);
  }

  /** Works a batch off: at once when it is small, otherwise on a thread of the addon, which has request and reply until it is done. */
  run(
    batch: ParsedBatch,
    { arnBytes, encrypting, decrypting = [] }: BatchDecision,
    items?: ItemVerdicts,
  ): Buffer | Promise<Buffer> {
    const { operation, request } = batch;
    const number = operationNumbers[operation];
    const slots = new StatusSlots(this.#itemFailures, this.#encodeStatus);
    const decided = decrypting.map((decision) => (typeof decision === 'number' ? decision : -(slots.of(decision) + 1)));
    const keys = Float64Array.from(encrypting === undefined ? decided : [encrypting, ...decided]);
    const slotOfError = items?.errors.map((error) => slots.of(error) + 1) ?? [];
    const verdicts = items?.numbers.map((verdict) => slotOfError[verdict - 1] ?? 0);
    const statuses = slots.encoded();
    const frameBytes = verdicts === undefined ? 0 : statusFrameBytes;
    const statusBytes = statuses.reduce((sum, { length }) => sum + length + frameBytes, 0);
    const out = allocateWithHeadroom(batch.responseBytes + arnBytes.length + statusBytes);
    // All of the request is read again, also what is no payload.
    if (Math.max(batch.workBytes, request.length) + batch.items * itemWorkBytes <= synchronousBytes) {
      return written(operation, out, this.#table.runBatch(number, request, keys, arnBytes, statuses, out, verdicts));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const done = (answer: number) => {
      if (answer < 0) reject(nativeFailure(operation, answer, 0));
      else resolve(out.subarray(0, answer));
    };
    const started = this.#table.startBatch(number, request, keys, arnBytes, statuses, out, done, verdicts);
    if (started < 0) throw nativeFailure(operation, started, 0);
    return promise;
  }

  /** Comes again with more room when the ciphertexts name more backing keys. Throws LIMIT_EXCEEDED when they are too many. */
  #parse(operation: BatchOperation, request: Buffer, maxReplyBytes: number, room: number): FoundMaterials {
    const ids = Buffer.allocUnsafe(room * materialIdBytes);
    const handles = new Float64Array(room);
    const answer = this.#table.parseBatch(operationNumbers[operation], request, maxReplyBytes, this.#view, ids, handles);
    if (answer >= 0) return { ids, handles };
    const needed = this.#view[BatchView.materials] ?? 0;
    if (needed <= room) throw nativeFailure(operation, answer, this.#view[BatchView.field] ?? 0);
    if (needed > maxBatchMaterials) throw tooManyMaterials();
    return this.#parse(operation, request, maxReplyBytes, needed);
  }
}

interface FoundMaterials {
  readonly ids: Buffer;
  readonly handles: Float64Array;
}

type BatchTable = Pick<NativeKeyTable, 'parseBatch' | 'runBatch' | 'startBatch'> & TextTable;

/** Gives every reason for which items fail its place in the list of encoded statuses. */
class StatusSlots {
  readonly #itemFailures: readonly Uint8Array[];
  readonly #encodeStatus: (error: KmsError) => Uint8Array;
  readonly #decided = new Map<string, { slot: number; error: KmsError }>();

  constructor(itemFailures: readonly Uint8Array[], encodeStatus: (error: KmsError) => Uint8Array) {
    this.#itemFailures = itemFailures;
    this.#encodeStatus = encodeStatus;
  }

  of(error: KmsError): number {
    // Whichever way a ciphertext does not open, it is one reason.
    if (error.reason === 'INVALID_CIPHERTEXT') return invalidCiphertextSlot;
    const known = this.#decided.get(error.reason);
    const slot = known?.slot ?? this.#itemFailures.length + this.#decided.size;
    const sameForAll = known === undefined || known.error.message === error.message;
    this.#decided.set(error.reason, { slot, error: sameForAll ? error : amongOthers(known.error) });
    return slot;
  }

  encoded(): readonly Uint8Array[] {
    return [...this.#itemFailures, ...[...this.#decided.values()].map(({ error }) => this.#encodeStatus(error))];
  }
}

/** One reason is told once, with one text, although its items may have different keys. */
function amongOthers(error: KmsError): KmsError {
  if (error.message.endsWith(othersToo)) return error;
  return new KmsError(error.reason, `${error.message}${othersToo}`);
}

function materialIdAt(ids: Buffer, index: number): KeyMaterialId {
  const id = parseKeyMaterialId(ids.toString('hex', index * materialIdBytes, (index + 1) * materialIdBytes));
  if (id === undefined) throw new Error(`There is no key material id ${index} in a batch.`);
  return id;
}

function written(operation: BatchOperation, out: Buffer, answer: number): Buffer {
  if (answer < 0) throw nativeFailure(operation, answer, 0);
  return out.subarray(0, answer);
}

function tooManyMaterials(): KmsError {
  return new KmsError(
    'LIMIT_EXCEEDED',
    `The ciphertexts of one batch may name at most ${maxBatchMaterials} backing keys; split it.`,
  );
}

/** What an item fails with by itself. */
const itemErrors: Record<BatchItemFailure, () => KmsError> = {
  PLAINTEXT_MISSING: () => invalidField('plaintexts', 'each must hold at least 1 byte.'),
  PLAINTEXT_TOO_LARGE: () => invalidField('plaintexts', 'one is over the limit; GetServerInfo tells limits.max_plaintext_bytes.'),
  CIPHERTEXT_MISSING: () => invalidField('ciphertext_blobs', 'each must hold a ciphertext.'),
  CIPHERTEXT_TOO_LARGE: () =>
    invalidField('ciphertext_blobs', 'one is over the limit, limits.max_plaintext_bytes of GetServerInfo + 74 bytes.'),
  CONTEXT_TOO_LARGE: () =>
    invalidField(
      'item_context_values',
      `with its pair, a context may have at most ${requestLimits.contextBytes} bytes in canonical form.`,
    ),
  INVALID_CIPHERTEXT: invalidCiphertext,
};

const invalidCiphertextSlot = batchItemFailures.indexOf('INVALID_CIPHERTEXT');
const othersToo = ' Others of these items have other keys, with which it is the same.';
const materialIdBytes = 32;
/** Room for the backing keys of nearly every batch. */
const fewMaterials = 64;
/** All of them are in memory at once. */
const maxBatchMaterials = 4096;
/** Up to this much work, some 40 µs, handing it to a thread costs more than it takes off (bench/README.md). */
const synchronousBytes = 128 * 1024;
/** What an item takes beside its bytes is as much as so many bytes: its key is derived and its cipher begun. */
const itemWorkBytes = 1024;
/** Of an error in the reply beside its status and its indexes. Without verdicts that is in `responseBytes`. */
const statusFrameBytes = 18;
/** Room for the ARN, and for the statuses that are decided here: one for each reason of a key that cannot be used. */
const decidedBytes = 4096;
