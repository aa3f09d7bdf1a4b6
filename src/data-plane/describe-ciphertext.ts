import { Missing } from '../keyring/missing.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { ownerOf } from './find-keys.ts';

/** Reads the header only, so any state of the key will do. */
export function describeCiphertext(call: DataPlaneCall): Buffer | Missing {
  const { request, plane } = call;
  const parsed = plane.calls.parse('DescribeCiphertext', request);
  const owner = ownerOf({ action: 'kms:DescribeCiphertext', facts: {}, name: '', field: '' }, parsed, call);
  if (owner instanceof Missing) return owner;
  const { snapshot, loaded } = owner;
  return plane.calls.describeCiphertext(
    request,
    parsed,
    snapshot.arnBytes,
    loaded.material.keyMaterialId === snapshot.key.currentKeyMaterialId,
  );
}
