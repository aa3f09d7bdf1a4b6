import type { ControlPlane } from '../control-plane/control-plane.ts';
import { disableKeyRotation } from '../control-plane/disable-key-rotation.ts';
import { enableKeyRotation } from '../control-plane/enable-key-rotation.ts';
import { listKeyRotations } from '../control-plane/list-key-rotations.ts';
import { rotateKeyOnDemand } from '../control-plane/rotate-key-on-demand.ts';
import { setKeyMaterialCompromised } from '../control-plane/set-key-material-compromised.ts';
import { type ArnScope, keyArn } from '../keys/arn.ts';
import { parseManagedKey } from '../keys/key-reference.ts';
import { rotationPeriod } from '../keys/rotation.ts';
import type { KeyServiceMethods } from './service-methods.ts';
import { rotationsListEntry, schedule } from './messages.ts';
import { parseDays, parseOptionalClientToken, parseOptionalMaterialId, parsePage, parseRequiredMaterialId } from './requests.ts';

export function rotationMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKey(text, 'key_id', scope);
  return {
    EnableKeyRotation: async ({ key_id, rotation_period_in_days }, { permission }) => {
      const periodDays = parseDays(rotation_period_in_days, 'rotation_period_in_days', rotationPeriod);
      const values = { 'kms:RotationPeriodInDays': String(periodDays) };
      const { keyId } = await permission.managedKey('kms:EnableKeyRotation', managed(key_id), { values });
      await enableKeyRotation({ keyId, periodDays }, plane);
      return {};
    },
    DisableKeyRotation: async ({ key_id }, { permission }) => {
      const { keyId } = await permission.managedKey('kms:DisableKeyRotation', managed(key_id));
      await disableKeyRotation(keyId, plane);
      return {};
    },
    GetKeyRotationStatus: async ({ key_id }, { permission }) => {
      const { key, arn } = await permission.keyOnceLoaded('kms:GetKeyRotationStatus', managed(key_id));
      const { enabled, ...dates } = schedule(key);
      return { key_arn: arn, key_rotation_enabled: enabled, ...dates };
    },
    RotateKeyOnDemand: async (request, { permission }) => {
      const reference = managed(request.key_id);
      const field = 'expected_current_key_material_id';
      const expectedCurrentKeyMaterialId = parseOptionalMaterialId(request[field], field);
      const clientToken = parseOptionalClientToken(request.client_token);
      const { keyId } = await permission.managedKey('kms:RotateKeyOnDemand', reference);
      const rotatedBy = permission.identity.who.principal.principalId;
      return {
        key_arn: keyArn(scope, keyId),
        key_material_id: await rotateKeyOnDemand({ keyId, clientToken, expectedCurrentKeyMaterialId, rotatedBy }, plane),
      };
    },
    ListKeyRotations: async (request, { permission }) => {
      const order = { includeKeyMaterial: request.include_key_material, ...parsePage(request) };
      const { keyId } = await permission.managedKey('kms:ListKeyRotations', managed(request.key_id));
      const { items, nextPageToken } = await listKeyRotations({ keyId, ...order }, plane);
      const now = plane.clock.steadyNow();
      return { rotations: items.map((item) => rotationsListEntry(item, now)), next_page_token: nextPageToken };
    },
    SetKeyMaterialCompromised: async ({ key_id, key_material_id, compromised }, { permission }) => {
      const keyMaterialId = parseRequiredMaterialId(key_material_id, 'key_material_id');
      const { keyId } = await permission.managedKey('kms:SetKeyMaterialCompromised', managed(key_id));
      await setKeyMaterialCompromised({ keyId, keyMaterialId, compromised }, plane);
      return {};
    },
  } satisfies Partial<KeyServiceMethods>;
}
