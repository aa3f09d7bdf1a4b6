import type { ParsedBatch } from '../crypto/batch-calls.ts';
import { type ContextSide, type ReadRequest, type RequestTexts, isTooLongForContext } from '../crypto/request-texts.ts';

/** The encryption context of a request on one side, read when somebody asks for it, and once. */
export function contextOf(read: ReadRequest, texts: RequestTexts, side: ContextSide = 'source'): () => ReadonlyMap<string, string> {
  let context: ReadonlyMap<string, string> | undefined;
  return () => (context ??= new Map(texts.encryptionContext(read, side)));
}

/** The encryption contexts of a batch's items on one side: what they share and, where there is one, a column of values. */
export class ItemContexts {
  /** '' when all items have one context. */
  readonly columnKey: string;
  readonly #batch: ParsedBatch;
  readonly #texts: RequestTexts;
  readonly #side: ContextSide;
  readonly #shared: () => ReadonlyMap<string, string>;

  constructor(batch: ParsedBatch, texts: RequestTexts, side: ContextSide = 'source') {
    this.#batch = batch;
    this.#texts = texts;
    this.#side = side;
    this.#shared = contextOf(batch, texts, side);
    this.columnKey = side === 'source' ? batch.columnKey : batch.destinationColumnKey;
  }

  /** Of the items that have this value. */
  withValue(value: string): ReadonlyMap<string, string> {
    return new Map([...this.#shared(), [this.columnKey, value]]);
  }

  /** Of the first item that can have one. */
  first(): ReadonlyMap<string, string> {
    if (this.columnKey === '') return this.#shared();
    const { values } = this.#texts.column(this.#batch, this.#side);
    return this.withValue(values.find((value) => !isTooLongForContext(value)) ?? '');
  }
}
