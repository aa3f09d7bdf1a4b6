import { type KeyMaterialId, parseKeyMaterialId } from '../keys/key-material-id.ts';
import type { Uses } from '../keys/uses.ts';
import type { NativeKeyTable } from './native.ts';

/** What backing keys were used for since this was last asked. Whoever asks has it then: the native table forgets it. */
export function takeUses(table: Pick<NativeKeyTable, 'takeUses'>): readonly (readonly [KeyMaterialId, Uses])[] {
  const taken = table.takeUses();
  if (taken === undefined) return [];
  const { ids, counts } = taken;
  return Array.from({ length: ids.length / idBytes }, (_, index) => {
    const id = parseKeyMaterialId(ids.toString('hex', index * idBytes, (index + 1) * idBytes));
    if (id === undefined) throw new Error('The native table counted uses of what is no backing key.');
    return [id, usesAt(counts, index * numbersEach)] as const;
  });
}

function usesAt(counts: Float64Array, offset: number): Uses {
  const at = (index: number) => counts[offset + index] ?? 0;
  return { encryptions: at(0), decryptions: at(1), plaintextBytes: at(2), firstUsedAt: at(3), lastUsedAt: at(4) };
}

const idBytes = 32;
const numbersEach = 5;
