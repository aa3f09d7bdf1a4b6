import type { KeyId } from '../keys/key-id.ts';
import { isPermanent } from '../keys/key-import.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import type { Key } from '../keys/key.ts';
import { type CountedUses, countedUses } from '../keys/uses.ts';
import { decodeMaterial } from '../keyring/material-record.ts';
import type { MaterialRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';

export interface RotationsOrder extends PageOrder {
  readonly keyId: KeyId;
  /** Also the first backing key and one that is pending rotation, which no rotation made current. */
  readonly includeKeyMaterial: boolean;
}

/** A backing key, what it does, and what it did. */
export interface ListedMaterial extends StatedMaterial {
  readonly used: CountedUses;
}

interface StatedMaterial {
  readonly material: KeyMaterial;
  readonly state: 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION';
}

/** A key's backing keys, oldest first. Throws KEY_NOT_FOUND, INVALID_PAGE_TOKEN. */
export async function listKeyRotations(order: RotationsOrder, plane: ControlPlane): Promise<ListPage<ListedMaterial>> {
  const { keyId, includeKeyMaterial } = order;
  const { key } = await findKey({ kind: 'key', keyId }, plane);
  const beforeFirst = includeKeyMaterial ? 0 : firstSequence;
  const page = await listPage(
    { call: 'ListKeyRotations', filters: `${keyId} ${includeKeyMaterial}`, ...order },
    {
      read: (after, limit) => plane.store.listMaterials(keyId, { after: after === undefined ? beforeFirst : Number(after), limit }),
      cursor: (row: MaterialRow) => String(row.sequence),
    },
    plane,
  );
  const all = page.items.map((row) => statedMaterial(plane.seal.open(row, decodeMaterial), key));
  const stated = includeKeyMaterial ? all : all.filter(({ state }) => state !== 'PENDING_ROTATION');
  const uses = await plane.uses.ofMaterials(
    keyId,
    stated.map(({ material }) => material.keyMaterialId),
  );
  const items = stated.map(({ material, state }) => {
    const used = countedUses(uses.get(material.keyMaterialId), material, plane.uses);
    return { material, state, used };
  });
  return { ...page, items };
}

function statedMaterial(material: KeyMaterial, key: Key): StatedMaterial {
  if (material.keyMaterialId === key.currentKeyMaterialId) return { material, state: 'CURRENT' };
  return { material, state: isPermanent(material) ? 'NON_CURRENT' : 'PENDING_ROTATION' };
}

const firstSequence = 1;
