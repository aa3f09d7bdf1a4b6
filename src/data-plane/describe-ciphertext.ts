import { Missing } from '../keyring/missing.ts';
import type { DataPlane } from './data-plane.ts';
import { ownerOf } from './find-keys.ts';

/** Reads the header only, so any state of the key will do. */
export function describeCiphertext(request: Buffer, plane: DataPlane): Buffer | Missing {
  const parsed = plane.calls.parse('DescribeCiphertext', request);
  const owner = ownerOf({ request, parsed, keyName: '', field: '' }, plane);
  if (owner instanceof Missing) return owner;
  const { snapshot, loaded } = owner;
  return plane.calls.describeCiphertext(
    request,
    parsed,
    snapshot.arnBytes,
    loaded.material.keyMaterialId === snapshot.key.currentKeyMaterialId,
  );
}
