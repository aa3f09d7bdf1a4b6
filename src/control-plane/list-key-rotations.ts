import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterial } from '../keys/key-material.ts';
import { decodeMaterial } from '../keyring/material-record.ts';
import type { MaterialRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { findKey } from './find-key.ts';
import { type ListPage, type PageOrder, listPage } from './list-page.ts';

export interface RotationsOrder extends PageOrder {
  readonly keyId: KeyId;
  /** Also the backing key that the key was created with, which no rotation made. */
  readonly includeKeyMaterial: boolean;
}

/** A backing key, and whether it is the one that encrypts. */
export interface ListedMaterial {
  readonly material: KeyMaterial;
  readonly current: boolean;
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
  const items = page.items.map((row) => plane.seal.open(row, decodeMaterial));
  return { ...page, items: items.map((material) => ({ material, current: material.keyMaterialId === key.currentKeyMaterialId })) };
}

const firstSequence = 1;
