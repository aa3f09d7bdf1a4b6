import type { ControlPlane } from '../control-plane/control-plane.ts';
import { disableKeyRotation } from '../control-plane/disable-key-rotation.ts';
import { enableKeyRotation } from '../control-plane/enable-key-rotation.ts';
import { findKey } from '../control-plane/find-key.ts';
import { listKeyRotations } from '../control-plane/list-key-rotations.ts';
import { rotateKeyOnDemand } from '../control-plane/rotate-key-on-demand.ts';
import { setKeyMaterialCompromised } from '../control-plane/set-key-material-compromised.ts';
import { type ArnScope, keyArn } from '../keys/arn.ts';
import { parseManagedKeyId } from '../keys/key-reference.ts';
import { rotationPeriod } from '../keys/rotation.ts';
import type { KeyServiceMethods } from './key-service-methods.ts';
import { rotationsListEntry, schedule } from './messages.ts';
import { parseDays, parseOptionalClientToken, parseOptionalMaterialId, parsePage, parseRequiredMaterialId } from './requests.ts';

export function rotationMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKeyId(text, 'key_id', scope);
  return {
    EnableKeyRotation: async ({ key_id, rotation_period_in_days }) => {
      const periodDays = parseDays(rotation_period_in_days, 'rotation_period_in_days', rotationPeriod);
      await enableKeyRotation({ keyId: managed(key_id), periodDays }, plane);
      return {};
    },
    DisableKeyRotation: async ({ key_id }) => {
      await disableKeyRotation(managed(key_id), plane);
      return {};
    },
    GetKeyRotationStatus: async ({ key_id }) => {
      const { key, arn } = await findKey({ kind: 'key', keyId: managed(key_id) }, plane);
      const { enabled, ...dates } = schedule(key);
      return { key_arn: arn, key_rotation_enabled: enabled, ...dates };
    },
    RotateKeyOnDemand: async (request) => {
      const keyId = managed(request.key_id);
      const field = 'expected_current_key_material_id';
      const expectedCurrentKeyMaterialId = parseOptionalMaterialId(request[field], field);
      const clientToken = parseOptionalClientToken(request.client_token);
      return {
        key_arn: keyArn(scope, keyId),
        key_material_id: await rotateKeyOnDemand({ keyId, clientToken, expectedCurrentKeyMaterialId }, plane),
      };
    },
    ListKeyRotations: async (request) => {
      const order = { keyId: managed(request.key_id), includeKeyMaterial: request.include_key_material, ...parsePage(request) };
      const { items, nextPageToken } = await listKeyRotations(order, plane);
      const now = plane.clock.steadyNow();
      return { rotations: items.map((item) => rotationsListEntry(item, now)), next_page_token: nextPageToken };
    },
    SetKeyMaterialCompromised: async ({ key_id, key_material_id, compromised }) => {
      const keyMaterialId = parseRequiredMaterialId(key_material_id, 'key_material_id');
      await setKeyMaterialCompromised({ keyId: managed(key_id), keyMaterialId, compromised }, plane);
      return {};
    },
  } satisfies Partial<KeyServiceMethods>;
}
