import type { KmsError } from '../errors.ts';
import { type ReadBatch, type RequestTexts, isTooLongForContext, noMaterial } from './request-texts.ts';

/** Why items of a batch are refused for the value that they have in a context column. Not asked where there is no column. */
export interface ItemRefusals {
  /**
   * Asked once for each value of the column, BatchReEncrypt's of the source, and each backing key that it comes with: an
   * index in `ParsedBatch.materials`, `undefined` for a batch that opens nothing.
   */
  readonly ofColumn?: (value: string, material: number | undefined) => KmsError | undefined;
  /** Asked once for each value of BatchReEncrypt's column of the destination, unless the source refuses all its items. */
  readonly ofDestinationColumn?: (value: string) => KmsError | undefined;
}

interface Columns {
  readonly columnKey: string;
  readonly destinationColumnKey: string;
}

/** Why items are refused: for each item 0, or 1 + the index of its error. */
export interface ItemVerdicts {
  readonly numbers: Uint16Array;
  readonly errors: readonly KmsError[];
}

/** Stops after each decision, so that many can be made in several turns. */
export function* itemVerdicts(
  batch: ReadBatch & Columns,
  { ofColumn, ofDestinationColumn }: ItemRefusals,
  texts: RequestTexts,
): Generator<undefined, ItemVerdicts, undefined> {
  const verdicts = new Uint16Array(batch.items);
  const known = new KnownErrors();
  if (ofColumn !== undefined && batch.columnKey !== '') {
    const { values, numbers } = texts.column(batch);
    const materials = opens(batch) ? texts.itemMaterials(batch) : undefined;
    const decided = new Map<number, number>();
    for (const [item, value] of numbers.entries()) {
      const material = materials?.[item];
      // It fails for what is wrong with itself.
      if (material === noMaterial) continue;
      const pair = (material ?? 0) * values.length + value;
      if (!decided.has(pair)) {
        decided.set(
          pair,
          known.verdictOf(values[value], (text) => ofColumn(text, material)),
        );
        yield;
      }
      verdicts[item] = decided.get(pair) ?? 0;
    }
  }
  if (ofDestinationColumn !== undefined && batch.destinationColumnKey !== '') {
    const { values, numbers } = texts.column(batch, 'destination');
    const decided = new Map<number, number>();
    for (const [item, value] of numbers.entries()) {
      if (verdicts[item] !== 0) continue;
      if (!decided.has(value)) {
        decided.set(value, known.verdictOf(values[value], ofDestinationColumn));
        yield;
      }
      verdicts[item] = decided.get(value) ?? 0;
    }
  }
  return { numbers: verdicts, errors: known.errors };
}

/** One error for each reason and text. */
class KnownErrors {
  readonly errors: KmsError[] = [];
  readonly #verdicts = new Map<string, number>();

  verdictOf(value = '', refusalOf: (value: string) => KmsError | undefined): number {
    const error = isTooLongForContext(value) ? undefined : refusalOf(value);
    if (error === undefined) return 0;
    const text = `${error.reason} ${error.message}`;
    const verdict = this.#verdicts.get(text) ?? this.errors.push(error);
    this.#verdicts.set(text, verdict);
    return verdict;
  }
}

function opens({ operation }: ReadBatch): boolean {
  return operation === 'BatchDecrypt' || operation === 'BatchReEncrypt';
}
