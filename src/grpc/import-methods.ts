import type { ControlPlane } from '../control-plane/control-plane.ts';
import { deleteImportedKeyMaterial } from '../control-plane/delete-imported-key-material.ts';
import { getParametersForImport } from '../control-plane/get-parameters-for-import.ts';
import { importKeyMaterial } from '../control-plane/import-key-material.ts';
import { type ArnScope, keyArn } from '../keys/arn.ts';
import { importTypes, wrappingKeySpecs } from '../keys/key-import.ts';
import { parseManagedKey } from '../keys/key-reference.ts';
import type { CallFacts } from '../permission/call-facts.ts';
import type { KeyServiceMethods } from './service-methods.ts';
import { timestamp } from './messages.ts';
import {
  parseExpiry,
  parseImportBytes,
  parseOptionalChoice,
  parseOptionalMaterialId,
  parseRequiredChoice,
  parseWrappingAlgorithm,
} from './requests.ts';

export function importMethods(plane: ControlPlane, scope: ArnScope) {
  const managed = (text: string) => parseManagedKey(text, 'key_id', scope);
  return {
    GetParametersForImport: async (request, { permission }) => {
      const reference = managed(request.key_id);
      const wrappingAlgorithm = parseWrappingAlgorithm(request.wrapping_algorithm);
      const wrappingKeySpec = parseRequiredChoice(request.wrapping_key_spec, {
        field: 'wrapping_key_spec',
        prefix: 'WRAPPING_KEY_SPEC',
        choices: wrappingKeySpecs,
      });
      const values = { 'kms:WrappingAlgorithm': wrappingAlgorithm, 'kms:WrappingKeySpec': wrappingKeySpec };
      const { keyId } = await permission.managedKey('kms:GetParametersForImport', reference, { values });
      const made = await getParametersForImport({ keyId, wrappingAlgorithm, wrappingKeySpec }, plane);
      return {
        key_arn: keyArn(scope, keyId),
        import_token: Buffer.from(made.token),
        public_key: Buffer.from(made.publicKey),
        parameters_valid_to: timestamp(made.expiresAt),
      };
    },
    ImportKeyMaterial: async (request, { permission }) => {
      const reference = managed(request.key_id);
      const order = {
        importToken: parseImportBytes(request.import_token, 'import_token'),
        wrapped: parseImportBytes(request.encrypted_key_material, 'encrypted_key_material'),
        expiresAt: parseExpiry(request, plane.clock.steadyNow()),
        importType: parseOptionalChoice(request.import_type, {
          field: 'import_type',
          prefix: 'IMPORT_TYPE',
          choices: importTypes,
        }),
        expectedKeyMaterialId: parseOptionalMaterialId(request.key_material_id, 'key_material_id'),
      };
      const { keyId } = await permission.managedKey('kms:ImportKeyMaterial', reference, { values: expiryValues(order) });
      const keyMaterialId = await importKeyMaterial({ keyId, ...order }, plane);
      return { key_arn: keyArn(scope, keyId), key_material_id: keyMaterialId };
    },
    DeleteImportedKeyMaterial: async (request, { permission }) => {
      const reference = managed(request.key_id);
      const keyMaterialId = parseOptionalMaterialId(request.key_material_id, 'key_material_id');
      const { keyId } = await permission.managedKey('kms:DeleteImportedKeyMaterial', reference);
      const deleted = await deleteImportedKeyMaterial({ keyId, keyMaterialId }, plane);
      return { key_arn: keyArn(scope, keyId), key_material_id: deleted ?? '' };
    },
  } satisfies Partial<KeyServiceMethods>;
}

function expiryValues({ expiresAt }: { readonly expiresAt: number | undefined }): CallFacts['values'] {
  if (expiresAt === undefined) return { 'kms:ExpirationModel': 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
  return { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES', 'kms:ValidTo': new Date(expiresAt).toISOString() };
}
