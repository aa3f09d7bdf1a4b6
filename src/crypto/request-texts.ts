import { fieldNames, nativeFailure } from './native-failure.ts';
import { type BatchOperation, type CryptoOperation, type NativeKeyTable, operationNumbers } from './native.ts';
import { requestLimits } from './native-views.ts';
import { requestText } from './request-text.ts';

/** A request that was parsed, as bytes, and of which call it is. A `ParsedBatch` is one. */
export interface ReadRequest<Operation extends CryptoOperation = CryptoOperation> {
  readonly operation: Operation;
  readonly request: Buffer;
}

export type ReadBatch = ReadRequest<BatchOperation> & { readonly items: number };

/** ReEncrypt and BatchReEncrypt have two contexts; the one context of any other call is on the side of the source. */
export type ContextSide = 'source' | 'destination';

/** What decisions about a request may ask for beside its keys. It is read when one asks, and at no other time. */
export class RequestTexts {
  readonly #table: TextTable;
  /** Room for offset and length of key and value of each pair, which is more than grant tokens need. */
  readonly #spans = new Float64Array(4 * requestLimits.contextPairs);

  constructor(table: TextTable) {
    this.#table = table;
  }

  grantTokens({ operation, request }: ReadRequest): readonly string[] {
    const count = found(operation, this.#table.grantTokens(request, fieldNumber(operation, 'grant_tokens'), this.#spans));
    return textsAt(request, this.#spans, count);
  }

  /** The common pairs, in the order of the bytes of their keys. */
  encryptionContext({ operation, request }: ReadRequest, side: ContextSide = 'source'): readonly (readonly [string, string])[] {
    const spans = this.#spans;
    const field = fieldNumber(operation, sided('encryption_context', operation, side));
    const count = found(operation, this.#table.contextPairs(request, field, spans));
    return Array.from({ length: count }, (_, pair) => [
      requestText(request, spans, 4 * pair),
      requestText(request, spans, 4 * pair + 2),
    ]);
  }

  /** The context column of a batch that has one. Time and memory are those of its items, however many values are distinct. */
  column({ operation, request, items }: ReadBatch, side: ContextSide = 'source'): ContextColumn {
    const spans = new Float64Array(2 * items);
    const numbers = new Uint32Array(items);
    const field = fieldNumber(operation, sided('item_context_values', operation, side));
    const count = found(operation, this.#table.columnValues(request, field, spans, numbers));
    return { values: textsAt(request, spans, count), numbers };
  }

  /**
   * For each item of a batch of ciphertexts the index of its backing key in `ParsedBatch.materials`; `noMaterial` for one
   * that fails before its key matters.
   */
  itemMaterials({ operation, request, items }: ReadBatch): Uint32Array {
    const numbers = new Uint32Array(items);
    found(operation, this.#table.itemMaterials(operationNumbers[operation], request, numbers));
    return numbers;
  }
}

/** A context column by its distinct values. */
export interface ContextColumn {
  readonly values: readonly string[];
  /** For each item the index of its value. */
  readonly numbers: Uint32Array;
}

/** Items with such a value fail for that: nobody need be asked about it. */
export function isTooLongForContext(value: string): boolean {
  return value.length > requestLimits.contextBytes;
}

export const noMaterial = 2 ** 32 - 1;

export type TextTable = Pick<NativeKeyTable, 'grantTokens' | 'contextPairs' | 'columnValues' | 'itemMaterials'>;

function found(operation: CryptoOperation, answer: number): number {
  if (answer < 0) throw nativeFailure(operation, answer, 0);
  return answer;
}

function textsAt(request: Buffer, spans: Float64Array, count: number): string[] {
  return Array.from({ length: count }, (_, index) => requestText(request, spans, 2 * index));
}

function sided(name: string, operation: CryptoOperation, side: ContextSide): string {
  return operation === 'ReEncrypt' || operation === 'BatchReEncrypt' || side === 'destination' ? `${side}_${name}` : name;
}

function fieldNumber(operation: CryptoOperation, name: string): number {
  const names: readonly string[] = fieldNames[operation];
  const index = names.indexOf(name);
  if (index < 0) throw new Error(`${operation} has no ${name}.`);
  return index + 1;
}
