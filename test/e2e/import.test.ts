import { createPublicKey, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dayMs } from '../../src/keys/days.ts';
import { everythingAbout, stateOfKey } from './everything-about.ts';
import {
  importMaterial,
  importRequest,
  newExternalKey,
  newMaterial,
  parametersFor,
  timestampOf,
  wrappingAlgorithms,
} from './importing.ts';
import { refusal } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const plaintext = Buffer.from('kept');

const reasonOf = async (call: Promise<unknown>) => (await refusal(call)).reason;
const state = (key_id: string) => stateOfKey(under.latchkey, key_id);
const encrypt = (key_id: string) => under.latchkey.crypto.encrypt({ key_id, plaintext });
const open = async (ciphertext_blob: Buffer) => (await under.latchkey.crypto.decrypt({ ciphertext_blob })).plaintext.toString();

const bits = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const;
const pairs = wrappingAlgorithms.flatMap((algorithm) =>
  (['RSA_2048', 'RSA_3072', 'RSA_4096'] as const).map((spec) => ({ algorithm, spec })),
);

describe('the whole of an import', () => {
  it.each(pairs)('with $algorithm and $spec', async ({ algorithm, spec }) => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    expect((await keys.describeKey({ key_id })).key_metadata).toMatchObject({
      origin: 'ORIGIN_TYPE_EXTERNAL',
      key_state: 'KEY_STATE_PENDING_IMPORT',
      enabled: false,
      current_key_material_id: '',
      rotation: { key_material_count: 0 },
    });
    const parameters = await parametersFor(under.latchkey, key_id, algorithm, spec);
    const publicKey = createPublicKey({ key: parameters.public_key, format: 'der', type: 'spki' });
    expect(publicKey.asymmetricKeyDetails).toEqual({ modulusLength: bits[spec], publicExponent: 65537n });

    const imported = await keys.importKeyMaterial(importRequest(key_id, parameters, randomBytes(32)));
    const { key_metadata } = await keys.describeKey({ key_id });
    expect(key_metadata).toMatchObject({
      key_state: 'KEY_STATE_ENABLED',
      current_key_material_id: imported.key_material_id,
      rotation: { key_material_count: 1, last_rotation_date: null },
      expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE',
      valid_to: null,
    });
    expect(imported.key_arn).toBe(key_metadata?.arn);
    const { ciphertext_blob, key_material_id } = await encrypt(key_id);
    expect(key_material_id).toBe(imported.key_material_id);
    expect(await open(ciphertext_blob)).toBe('kept');
  });

  it('takes a token for 24 hours', async () => {
    const key_id = await newExternalKey(under.latchkey);
    const { parameters_valid_to } = await under.latchkey.keys.getParametersForImport({
      key_id,
      wrapping_algorithm: 'ALGORITHM_SPEC_RSAES_OAEP_SHA_256',
      wrapping_key_spec: 'WRAPPING_KEY_SPEC_RSA_2048',
    });
    expect(Math.abs(Number(parameters_valid_to?.seconds) * 1000 - Date.now() - dayMs)).toBeLessThan(60_000);
  });

  it('gives the same bytes another id in another key', async () => {
    const material = randomBytes(32);
    const ids = [];
    for (let key = 0; key < 2; key++) {
      ids.push(await importMaterial(under.latchkey, await newExternalKey(under.latchkey), material));
    }
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe('importing the same material again', () => {
  it('brings the key back after its material was deleted, with its id and its old ciphertexts', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const material = randomBytes(32);
    const id = await importMaterial(under.latchkey, key_id, material);
    const { ciphertext_blob } = await encrypt(key_id);
    expect((await keys.deleteImportedKeyMaterial({ key_id })).key_material_id).toBe(id);
    expect(await state(key_id)).toBe('PENDING_IMPORT');
    expect(await reasonOf(open(ciphertext_blob))).toBe('KEY_PENDING_IMPORT');
    expect((await keys.listKeyRotations({ key_id, include_key_material: true })).rotations).toEqual([
      expect.objectContaining({ key_material_id: id, import_state: 'IMPORT_STATE_PENDING_IMPORT' }),
    ]);
    // Deleting it again changes nothing.
    const before = await everythingAbout(under.latchkey, key_id);
    expect((await keys.deleteImportedKeyMaterial({ key_id, key_material_id: id })).key_material_id).toBe(id);
    expect(await everythingAbout(under.latchkey, key_id)).toEqual(before);

    expect(await importMaterial(under.latchkey, key_id, material)).toBe(id);
    expect(await state(key_id)).toBe('ENABLED');
    expect(await open(ciphertext_blob)).toBe('kept');
  });

  it('changes when it expires', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const material = randomBytes(32);
    const valid_to = timestampOf(Date.now() + 30 * dayMs);
    await importMaterial(under.latchkey, key_id, material, { expiration_model: 0, valid_to });
    const shown = async () => (await keys.describeKey({ key_id })).key_metadata;
    expect(await shown()).toMatchObject({
      expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES',
      valid_to: { seconds: String(valid_to.seconds) },
    });
    await importMaterial(under.latchkey, key_id, material);
    expect(await shown()).toMatchObject({
      expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE',
      valid_to: null,
    });
  });

  it('with the same token and the same bytes gives the first answer and changes nothing', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const parameters = await parametersFor(under.latchkey, key_id);
    const material = randomBytes(32);
    const first = await keys.importKeyMaterial(importRequest(key_id, parameters, material));
    const before = await everythingAbout(under.latchkey, key_id);
    expect(await keys.importKeyMaterial(importRequest(key_id, parameters, material))).toEqual(first);
    expect(await everythingAbout(under.latchkey, key_id)).toEqual(before);
  });

  it('with a token that was used before deletion is refused: deleted stays deleted', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const request = importRequest(key_id, await parametersFor(under.latchkey, key_id), randomBytes(32));
    await keys.importKeyMaterial(request);
    await keys.deleteImportedKeyMaterial({ key_id });
    expect(await reasonOf(keys.importKeyMaterial(request))).toBe('INVALID_IMPORT_TOKEN');
    expect(await state(key_id)).toBe('PENDING_IMPORT');
  });

  it('never enables a key that is disabled', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    await keys.scheduleKeyDeletion({ key_id });
    await keys.cancelKeyDeletion({ key_id });
    expect(await state(key_id)).toBe('PENDING_IMPORT');
    await importMaterial(under.latchkey, key_id, randomBytes(32));
    expect(await state(key_id)).toBe('DISABLED');
  });
});

describe('other material', () => {
  it('is INCORRECT_KEY_MATERIAL unless it is said to be new, and as new when it is known', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const material = randomBytes(32);
    const id = await importMaterial(under.latchkey, key_id, material);
    const before = await everythingAbout(under.latchkey, key_id);
    const other = importMaterial(under.latchkey, key_id, randomBytes(32));
    expect(await reasonOf(other)).toBe('INCORRECT_KEY_MATERIAL');
    const said = importMaterial(under.latchkey, key_id, randomBytes(32), { import_type: 'IMPORT_TYPE_EXISTING_KEY_MATERIAL' });
    expect(await reasonOf(said)).toBe('INCORRECT_KEY_MATERIAL');
    expect(await reasonOf(importMaterial(under.latchkey, key_id, material, newMaterial))).toBe('INCORRECT_KEY_MATERIAL');
    const expected = importMaterial(under.latchkey, key_id, material, { key_material_id: '0'.repeat(64) });
    expect(await reasonOf(expected)).toBe('INCORRECT_KEY_MATERIAL');
    expect(await everythingAbout(under.latchkey, key_id)).toEqual(before);
    expect(await importMaterial(under.latchkey, key_id, material, { key_material_id: id })).toBe(id);

    await keys.deleteImportedKeyMaterial({ key_id });
    expect(await reasonOf(importMaterial(under.latchkey, key_id, randomBytes(32)))).toBe('INCORRECT_KEY_MATERIAL');
    expect(await state(key_id)).toBe('PENDING_IMPORT');
  });

  it('is pending rotation until RotateKeyOnDemand promotes it; old ciphertexts still open', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const first = await importMaterial(under.latchkey, key_id, randomBytes(32));
    const made = [await encrypt(key_id)];
    const second = await importMaterial(under.latchkey, key_id, randomBytes(32), newMaterial);
    expect((await encrypt(key_id)).key_material_id).toBe(first);
    const listed = async () =>
      (await keys.listKeyRotations({ key_id, include_key_material: true })).rotations.map((entry) => [
        entry.key_material_id,
        entry.key_material_state.replace('KEY_MATERIAL_STATE_', ''),
        entry.rotation_type.replace('ROTATION_TYPE_', ''),
        entry.rotation_date !== null,
      ]);
    expect(await listed()).toEqual([
      [first, 'CURRENT', 'UNSPECIFIED', false],
      [second, 'PENDING_ROTATION', 'UNSPECIFIED', false],
    ]);
    expect((await keys.listKeyRotations({ key_id })).rotations).toEqual([]);
    expect(await reasonOf(importMaterial(under.latchkey, key_id, randomBytes(32), newMaterial))).toBe('INVALID_STATE');

    expect((await keys.rotateKeyOnDemand({ key_id })).key_material_id).toBe(second);
    made.push(await encrypt(key_id));
    expect(await listed()).toEqual([
      [first, 'NON_CURRENT', 'UNSPECIFIED', false],
      [second, 'CURRENT', 'ON_DEMAND', true],
    ]);
    expect(made.map(({ key_material_id }) => key_material_id)).toEqual([first, second]);
    for (const { ciphertext_blob } of made) expect(await open(ciphertext_blob)).toBe('kept');
    expect(await reasonOf(keys.rotateKeyOnDemand({ key_id }))).toBe('INVALID_STATE');
  });

  it('that is pending rotation may go without changing the state; what was current may not', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const material = randomBytes(32);
    const first = await importMaterial(under.latchkey, key_id, material);
    const { ciphertext_blob } = await encrypt(key_id);
    const bytes = randomBytes(32);
    const second = await importMaterial(under.latchkey, key_id, bytes, newMaterial);
    await keys.deleteImportedKeyMaterial({ key_id, key_material_id: second });
    expect(await state(key_id)).toBe('ENABLED');
    expect(await reasonOf(keys.rotateKeyOnDemand({ key_id }))).toBe('INVALID_STATE');
    expect(await importMaterial(under.latchkey, key_id, bytes)).toBe(second);
    await keys.rotateKeyOnDemand({ key_id });

    await keys.deleteImportedKeyMaterial({ key_id, key_material_id: first });
    expect(await state(key_id)).toBe('PENDING_IMPORT');
    expect(await reasonOf(encrypt(key_id))).toBe('KEY_PENDING_IMPORT');
    expect(await importMaterial(under.latchkey, key_id, material)).toBe(first);
    expect(await open(ciphertext_blob)).toBe('kept');
    expect((await encrypt(key_id)).key_material_id).toBe(second);
  });
});

describe('expiry', () => {
  it('is by the clock at the moment of use; the same bytes bring the key back', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey);
    const material = randomBytes(32);
    const parameters = await parametersFor(under.latchkey, key_id);
    const expiresAt = Date.now() + 2000;
    const valid_to = timestampOf(expiresAt);
    const model = 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES';
    await keys.importKeyMaterial(importRequest(key_id, parameters, material, { expiration_model: model, valid_to }));
    const { ciphertext_blob } = await encrypt(key_id);
    expect(await open(ciphertext_blob)).toBe('kept');
    await sleep(expiresAt - Date.now() + 1);
    expect(await reasonOf(open(ciphertext_blob))).toBe('KEY_PENDING_IMPORT');
    expect(await reasonOf(encrypt(key_id))).toBe('KEY_PENDING_IMPORT');
    const { key_metadata } = await keys.describeKey({ key_id });
    expect(key_metadata).toMatchObject({ key_state: 'KEY_STATE_PENDING_IMPORT', enabled: false });
    expect(key_metadata?.key_state_date).toMatchObject({ seconds: String(valid_to.seconds) });
    const waiting = (await keys.listKeys({ key_states: ['KEY_STATE_PENDING_IMPORT'], page_size: 1000 })).keys;
    expect(waiting.map((key) => key.key_id)).toContain(key_id);

    await importMaterial(under.latchkey, key_id, material);
    expect(await open(ciphertext_blob)).toBe('kept');
  });

  it('within 7 days is refused for a protected key, as is deletion of the material', async () => {
    const { keys } = under.latchkey;
    const key_id = await newExternalKey(under.latchkey, { deletion_protection: true });
    const material = randomBytes(32);
    const until = (days: number) => ({ expiration_model: 0, valid_to: timestampOf(Date.now() + days * dayMs) }) as const;
    expect(await reasonOf(importMaterial(under.latchkey, key_id, material, until(6.9)))).toBe('DELETION_PROTECTED');
    expect(await state(key_id)).toBe('PENDING_IMPORT');
    await importMaterial(under.latchkey, key_id, material, until(7.1));
    expect(await reasonOf(keys.deleteImportedKeyMaterial({ key_id }))).toBe('DELETION_PROTECTED');
    expect(await state(key_id)).toBe('ENABLED');
  });
});
