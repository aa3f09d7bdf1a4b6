import type { KeyId } from '../keys/key-id.ts';
import { isPermanent } from '../keys/key-import.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import type { Key } from '../keys/key.ts';
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

/** A backing key, and what it does. */
export interface ListedMaterial {
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
  const items = page.items.map((row) => listedMaterial(plane.seal.open(row, decodeMaterial), key));
  return { ...page, items: includeKeyMaterial ? items : items.filter(({ state }) => state !== 'PENDING_ROTATION') };
}

function listedMaterial(material: KeyMaterial, key: Key): ListedMaterial {
  if (material.keyMaterialId === key.currentKeyMaterialId) return { material, state: 'CURRENT' };
  return { material, state: isPermanent(material) ? 'NON_CURRENT' : 'PENDING_ROTATION' };
}

const firstSequence = 1;
