import type { BatchCodec, BatchItem, BatchResponse } from './batch-messages.ts';
import type { Items } from './batch-reader.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeLimits } from './exchange-messages.ts';
import type { GrantTokenOptions } from './grant-tokens.ts';
import { inOrder } from './in-order.ts';
import { LatchkeyError } from './latchkey-error.ts';
import type { Patience } from './patience.ts';
import type { Protocol } from './protocol.ts';
import { statusError } from './service-error.ts';

/** Common to encryptMany, decryptMany and reEncryptMany. */
export interface ManyOptions extends GrantTokenOptions {
  /** Ends the iteration: it throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long a batch may take with all its repetitions, in milliseconds; by default as a call of the connection. */
  readonly timeoutMs?: number;
  /** Called after each batch with what has been answered so far. */
  readonly onProgress?: (progress: ManyProgress) => void;
}

export const manyNames = { grantTokens: true, signal: true, timeoutMs: true, onProgress: true } satisfies Record<
  keyof ManyOptions,
  true
>;

export interface ManyProgress {
  readonly items: number;
  /** How many of the items failed. */
  readonly failed: number;
  /** Of the items that went in. */
  readonly bytes: number;
}

/** What became of an item: its result, or why there is none. Other items are not affected by one that failed. */
export type ManyResult<Success> =
  | (Success & { readonly index: number; readonly error?: undefined })
  | (FailedItem & { readonly [Name in keyof Success]?: undefined });

export interface FailedItem {
  /** Which item, from 0. */
  readonly index: number;
  /** Items of a batch that failed for the same reason share it. */
  readonly error: LatchkeyError;
}

/** One of the calls that take many items. */
export interface ManyCall<Raw, Success> {
  readonly batch: BatchCodec;
  /** Throws TypeError for what is no item. */
  readonly parse: (raw: Raw) => BatchItem;
  readonly success: (payload: Buffer, reEncrypted: boolean) => Success;
}

export interface ManyParts {
  readonly exchange: Pick<Exchange, 'limits' | 'request'>;
  readonly protocol: Protocol;
  /** Unless the options say otherwise. */
  readonly timeoutMs: number;
}

/**
 * Sends items in batches over Exchange and yields what became of each, in their order, lazily. What concerns all items, such as a key
 * that is disabled or a server that is away for longer than `timeoutMs`, is thrown.
 */
export function many<Raw, Success extends object>(
  items: Items<Raw>,
  call: ManyCall<Raw, Success>,
  { exchange, protocol, timeoutMs: usualTimeoutMs, options }: ManyParts & { readonly options: ManyOptions },
): AsyncGenerator<ManyResult<Success>, void, undefined> {
  const { signal, timeoutMs = usualTimeoutMs } = options;
  const patience = (stop: AbortSignal | undefined): Patience => ({ deadline: performance.now() + timeoutMs, signal: stop });
  const progress = new Progress(options.onProgress);
  let nextIndex = 0;
  return inOrder(items, async () => {
    const sizes = new BatchSizes(await exchange.limits(patience(signal)), call.batch.growthBytes);
    const ask = async (body: Uint8Array, stop: AbortSignal) => exchange.request(call.batch.field, body, patience(stop));
    return {
      parse: call.parse,
      bytesOf: itemBytes,
      fits: (count: number, bytes: number) => sizes.fit(count, bytes),
      maxBatches,
      signal,
      answer: async (batch: readonly BatchItem[], stop: AbortSignal) => {
        const firstIndex = nextIndex;
        nextIndex += batch.length;
        const results = await answered({ items: batch, firstIndex, call, sizes, protocol, ask: async (body) => ask(body, stop) });
        progress.made(batch, results);
        return results;
      },
    };
  });
}

interface Batch<Raw, Success> {
  readonly items: readonly BatchItem[];
  readonly firstIndex: number;
  readonly call: ManyCall<Raw, Success>;
  readonly sizes: BatchSizes;
  readonly protocol: Protocol;
  readonly ask: (body: Uint8Array) => Promise<Buffer>;
}

/** Answers a batch, in halves where the server says that its reply would be too large. */
async function answered<Raw, Success extends object>(batch: Batch<Raw, Success>): Promise<readonly ManyResult<Success>[]> {
  const { items, firstIndex, call, sizes } = batch;
  if (items.length === 1 && !sizes.fit(1, sumOf(items))) return [{ index: firstIndex, error: tooLong() }];
  try {
    return resultsOf(batch, await batch.ask(call.batch.request(items)));
  } catch (error) {
    if (!(error instanceof LatchkeyError) || error.reason !== 'RESPONSE_TOO_LARGE') throw error;
    if (items.length === 1) return [{ index: firstIndex, error }];
    const half = Math.ceil(items.length / 2);
    sizes.shrink(half);
    const before = await answered({ ...batch, items: items.slice(0, half) });
    const after = await answered({ ...batch, items: items.slice(half), firstIndex: firstIndex + half });
    return [...before, ...after];
  }
}

function resultsOf<Raw, Success extends object>(
  { items, firstIndex, call, protocol }: Batch<Raw, Success>,
  encoded: Buffer,
): ManyResult<Success>[] {
  const { payloads, reEncrypted, errors } = responseOf(call.batch, encoded);
  if (payloads.length !== items.length) throw damaged(`it has ${payloads.length} results for ${items.length} items`);
  const failures = new Map<number, LatchkeyError>();
  for (const { encodedStatus, indexes } of errors) {
    const error = statusError(encodedStatus, protocol);
    for (const index of indexes) failures.set(index, error);
  }
  return payloads.map((payload, index) => {
    const error = failures.get(index);
    if (error !== undefined) return { index: firstIndex + index, error };
    // Nothing empty is ever encrypted.
    if (payload.length === 0) throw damaged(`item ${firstIndex + index} has neither a result nor an error`);
    return { index: firstIndex + index, ...call.success(payload, reEncrypted[index] ?? false) };
  });
}

function responseOf(batch: BatchCodec, encoded: Buffer): BatchResponse {
  try {
    return batch.response(encoded);
  } catch (error) {
    throw damaged('it is no response of a batch', error);
  }
}

/** How large batches are: what the server takes, and no more than keeps several of them at work. */
class BatchSizes {
  readonly #limits: ExchangeLimits;
  readonly #growthBytes: number;
  #maxItems: number;

  constructor(limits: ExchangeLimits, growthBytes: number) {
    this.#limits = limits;
    this.#growthBytes = growthBytes;
    this.#maxItems = Math.min(usualItems, limits.maxBatchItems);
  }

  fit(items: number, bytes: number): boolean {
    if (items > 1 && (items > this.#maxItems || bytes > usualBytes)) return false;
    const replyBytes = bytes + items * (this.#growthBytes + fieldBytes);
    return bytes + envelopeBytes <= this.#limits.maxMessageBytes && replyBytes + envelopeBytes <= this.#limits.maxReplyBytes;
  }

  /** After a batch turned out to be too large. */
  shrink(items: number): void {
    this.#maxItems = Math.min(this.#maxItems, items);
  }
}

class Progress {
  readonly #onProgress: ManyOptions['onProgress'];
  #items = 0;
  #failed = 0;
  #bytes = 0;

  constructor(onProgress: ManyOptions['onProgress']) {
    this.#onProgress = onProgress;
  }

  made(batch: readonly BatchItem[], results: readonly { readonly error?: LatchkeyError | undefined }[]): void {
    if (this.#onProgress === undefined) return;
    this.#items += results.length;
    this.#failed += results.filter(({ error }) => error !== undefined).length;
    for (const { payload } of batch) this.#bytes += payload.length;
    this.#onProgress({ items: this.#items, failed: this.#failed, bytes: this.#bytes });
  }
}

/** What an item adds to a request, with room for tags and lengths. A character has at most three bytes for each unit of UTF-16. */
function itemBytes({ payload, itemContextValue = '', destinationItemContextValue = '' }: BatchItem): number {
  return payload.length + (itemContextValue.length + destinationItemContextValue.length) * 3 + 3 * fieldBytes;
}

function sumOf(items: readonly BatchItem[]): number {
  return items.reduce((sum, item) => sum + itemBytes(item), 0);
}

function tooLong(): LatchkeyError {
  return new LatchkeyError('The item is longer than any message that the server takes.', {
    reason: 'INVALID_REQUEST',
    code: 'INVALID_ARGUMENT',
  });
}

function damaged(how: string, cause?: unknown): LatchkeyError {
  return new LatchkeyError(`The answer cannot be right: ${how}.`, { reason: undefined, code: 'DATA_LOSS', cause });
}

/** Batches that are under way or wait for whoever takes the results. */
const maxBatches = 4;
/** A batch to decrypt may name 4 096 backing keys, and each ciphertext may name another. */
const usualItems = 4096;
const usualBytes = 1024 * 1024;
/** Tag and length of a field, at most. */
const fieldBytes = 6;
/** Everything in a message beside its items: key, contexts, errors. */
const envelopeBytes = 64 * 1024;
