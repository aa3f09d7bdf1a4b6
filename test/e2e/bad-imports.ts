import { randomBytes } from 'node:crypto';
import { findKey } from '../../src/control-plane/find-key.ts';
import { getParametersForImport } from '../../src/control-plane/get-parameters-for-import.ts';
import { importKeyMaterial } from '../../src/control-plane/import-key-material.ts';
import { dayMs } from '../../src/keys/days.ts';
import type { BadInput } from './bad-inputs.ts';
import {
  type ImportParameters,
  importMaterial,
  importRequest,
  newExternalKey,
  parametersFor,
  timestampOf,
  wrapMaterial,
} from './importing.ts';
import { openServiceUnderClock } from './service-under-clock.ts';
import type { ServerUnderTest } from './using-server.ts';

type ImportRequest = ReturnType<typeof importRequest>;

/** An import that would succeed, but for one thing. */
function importing(
  spoil: (sound: ImportRequest, parameters: ImportParameters, under: ServerUnderTest) => object | Promise<object>,
): BadInput {
  return async (under) => {
    const key_id = await newExternalKey(under.latchkey);
    const parameters = await parametersFor(under.latchkey, key_id);
    const sound = importRequest(key_id, parameters, randomBytes(32));
    const request: ImportRequest = { ...sound, ...(await spoil(sound, parameters, under)) };
    return { call: 'ImportKeyMaterial', send: () => under.latchkey.keys.importKeyMaterial(request) };
  };
}

function parametersOf(changes: object): BadInput {
  return async ({ latchkey }) => {
    const request = {
      key_id: await newExternalKey(latchkey),
      wrapping_algorithm: 'ALGORITHM_SPEC_RSAES_OAEP_SHA_256',
      wrapping_key_spec: 'WRAPPING_KEY_SPEC_RSA_2048',
      ...changes,
    } as const;
    return { call: 'GetParametersForImport', send: () => latchkey.keys.getParametersForImport(request) };
  };
}

function expiringIn(days: number) {
  return {
    expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES',
    valid_to: timestampOf(Date.now() + days * dayMs),
  };
}

export const badImports: Readonly<Record<string, BadInput>> = {
  '`valid_to` in the past': importing(() => expiringIn(-1 / dayMs)),
  '`valid_to` 366 days ahead': importing(() => expiringIn(366)),
  '`valid_to` missing': importing(() => ({ expiration_model: 'EXPIRATION_MODEL_TYPE_UNSPECIFIED' })),
  '`valid_to` with KEY_MATERIAL_DOES_NOT_EXPIRE': importing(() => ({ valid_to: expiringIn(1).valid_to })),
  'import token missing': importing(() => ({ import_token: Buffer.alloc(0) })),
  'import token of 8193 bytes': importing(() => ({ import_token: Buffer.alloc(8193) })),
  'import token of another key': importing(async (_sound, _parameters, { latchkey }) => ({
    import_token: (await parametersFor(latchkey, await newExternalKey(latchkey))).import_token,
  })),
  'import token made up by hand': importing(({ import_token }) => ({ import_token: randomBytes(import_token.length) })),
  'import token with one bit changed': importing(({ import_token }) => ({
    import_token: import_token.map((byte, index) => (index === 200 ? byte ^ 1 : byte)),
  })),
  'import token used before, with other material': importing(async (sound, parameters, { latchkey }) => {
    await latchkey.keys.importKeyMaterial(sound);
    return importRequest(sound.key_id, parameters, randomBytes(32));
  }),
  'import token of 24 hours and 1 second': async () => {
    const under = await openServiceUnderClock();
    const keyId = await under.newKey({ origin: 'EXTERNAL' });
    const { controlPlane } = under.service;
    const wrapping = { wrappingAlgorithm: 'RSAES_OAEP_SHA_256', wrappingKeySpec: 'RSA_2048' } as const;
    const { token, publicKey } = await getParametersForImport({ keyId, ...wrapping }, controlPlane);
    const order = {
      keyId,
      importToken: token,
      wrapped: wrapMaterial(Buffer.from(publicKey), 'RSAES_OAEP_SHA_256', randomBytes(32)),
      expiresAt: undefined,
      importType: undefined,
      expectedKeyMaterialId: undefined,
    };
    under.clock.advance(dayMs + 1000);
    await under.look();
    return {
      call: 'ImportKeyMaterial',
      send: () => importKeyMaterial(order, controlPlane),
      look: () => findKey({ kind: 'key', keyId }, controlPlane),
      close: () => under.close(),
    };
  },
  'material missing': importing(() => ({ encrypted_key_material: Buffer.alloc(0) })),
  'material of 31 bytes': importing(({ key_id }, parameters) => importRequest(key_id, parameters, randomBytes(31))),
  'material wrapped with another algorithm': importing(({ key_id }, parameters) =>
    importRequest(key_id, { ...parameters, algorithm: 'RSAES_OAEP_SHA_256' }, randomBytes(32)),
  ),
  'material other than the key had': importing(async ({ key_id }, _parameters, { latchkey }) => {
    await importMaterial(latchkey, key_id, randomBytes(32));
    return {};
  }),
  'wrapping algorithm RSAES_PKCS1_V1_5': parametersOf({ wrapping_algorithm: 'ALGORITHM_SPEC_RSAES_PKCS1_V1_5' }),
  'wrapping algorithm missing': parametersOf({ wrapping_algorithm: 0 }),
  'wrapping key spec missing': parametersOf({ wrapping_key_spec: 0 }),
  'import into a key of origin AWS_KMS': async (under) => parametersOf({ key_id: await under.newKey() })(under),
};
