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

/** For each item 0, or 1 + the slot of the error that it is refused with. */
export function itemVerdicts(
  batch: ReadBatch & Columns,
  { ofColumn, ofDestinationColumn }: ItemRefusals,
  texts: RequestTexts,
  slotOf: (error: KmsError) => number,
): Uint16Array {
  const verdicts = new Uint16Array(batch.items);
  const verdictOf = (value = '', refusalOf: (value: string) => KmsError | undefined): number => {
    const error = isTooLongForContext(value) ? undefined : refusalOf(value);
    return error === undefined ? 0 : slotOf(error) + 1;
  };
  if (ofColumn !== undefined && batch.columnKey !== '') {
    const { values, numbers } = texts.column(batch);
    const materials = opens(batch) ? texts.itemMaterials(batch) : undefined;
    const decided = new Map<number, number>();
    for (const [item, value] of numbers.entries()) {
      const material = materials?.[item];
      // It fails for what is wrong with itself.
      if (material === noMaterial) continue;
      const pair = (material ?? 0) * values.length + value;
      verdicts[item] = remembered(decided, pair, () => verdictOf(values[value], (text) => ofColumn(text, material)));
    }
  }
  if (ofDestinationColumn !== undefined && batch.destinationColumnKey !== '') {
    const { values, numbers } = texts.column(batch, 'destination');
    const decided = new Map<number, number>();
    for (const [item, value] of numbers.entries()) {
      if (verdicts[item] === 0) verdicts[item] = remembered(decided, value, () => verdictOf(values[value], ofDestinationColumn));
    }
  }
  return verdicts;
}

function opens({ operation }: ReadBatch): boolean {
  return operation === 'BatchDecrypt' || operation === 'BatchReEncrypt';
}

function remembered(decided: Map<number, number>, what: number, decide: () => number): number {
  const known = decided.get(what);
  if (known !== undefined) return known;
  const verdict = decide();
  decided.set(what, verdict);
  return verdict;
}
