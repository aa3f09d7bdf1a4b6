import { describe, expect, it } from 'vitest';
import type { KeyMaterial } from '../../src/keys/key-material.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { parseKeyMaterialId } from '../../src/keys/key-material-id.ts';
import { MaterialTable } from '../../src/keyring/material-table.ts';

const keyId = parseKeyId('00112233-4455-6677-8899-aabbccddeeff')!;

function material(number: number): KeyMaterial {
  const keyMaterialId = parseKeyMaterialId(number.toString(16).padStart(64, '0'))!;
  return { keyMaterialId, keyId, keySpec: 'SYMMETRIC_DEFAULT', sequence: number, createdAt: 1 };
}

/** As the native table, with room for one backing key. */
function tableForOne(): MaterialTable {
  let held = 0;
  let last = 0;
  return new MaterialTable({
    loadMaterial: (...[, , , , handles]) => {
      last += 1;
      handles.set([last, held]);
      held = last;
    },
    evict: () => {
      held = 0;
      return true;
    },
  });
}

describe('the owner of a backing key', () => {
  it('is known while it is in the table, and after it had to make room or was wiped', () => {
    const table = tableForOne();
    const [first, second] = [material(1), material(2)];
    expect(table.ownerOf(first.keyMaterialId)).toBeUndefined();
    table.load(first, new Uint8Array(1));
    expect(table.ownerOf(first.keyMaterialId)).toBe(keyId);
    table.load(second, new Uint8Array(1));
    table.evict(second.keyMaterialId);
    for (const { keyMaterialId } of [first, second]) {
      expect(table.byId(keyMaterialId)).toBeUndefined();
      expect(table.ownerOf(keyMaterialId)).toBe(keyId);
    }
    expect(table.ownerOf(material(3).keyMaterialId)).toBeUndefined();
  });
});
