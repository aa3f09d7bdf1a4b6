import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dayMs } from '../../src/keys/days.ts';
import { stateOfKey } from './everything-about.ts';
import { importMaterial, importRequest, newExternalKey, newMaterial, parametersFor, timestampOf } from './importing.ts';
import { refusal } from './refusal.ts';
import { useServer } from './using-server.ts';

/** Where the rules of import meet each other. */
const under = useServer();
const reasonOf = async (call: Promise<unknown>) => (await refusal(call)).reason;
const until = (at: number) =>
  ({ expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_EXPIRES', valid_to: timestampOf(at) }) as const;
const metadata = async (key_id: string) => (await under.latchkey.keys.describeKey({ key_id })).key_metadata;
const materials = async (key_id: string) =>
  (await under.latchkey.keys.listKeyRotations({ key_id, include_key_material: true })).rotations;

/** A key whose second material is pending rotation and has expired, but is not destroyed yet. */
async function withExpiredPending() {
  const key_id = await newExternalKey(under.latchkey);
  await importMaterial(under.latchkey, key_id, randomBytes(32));
  const expiresAt = Date.now() + 1500;
  const pending = await importMaterial(under.latchkey, key_id, randomBytes(32), { ...newMaterial, ...until(expiresAt) });
  await sleep(expiresAt - Date.now() + 1);
  return { key_id, pending };
}

describe('a token that was used', () => {
  async function used() {
    const key_id = await newExternalKey(under.latchkey);
    const parameters = await parametersFor(under.latchkey, key_id);
    const material = randomBytes(32);
    await under.latchkey.keys.importKeyMaterial(importRequest(key_id, parameters, material));
    return (changes: Parameters<typeof importRequest>[3], bytes = material) =>
      under.latchkey.keys.importKeyMaterial(importRequest(key_id, parameters, bytes, changes));
  }

  it('is refused with another expiry: the first answer would say that it is set', async () => {
    const again = await used();
    expect(await reasonOf(again(until(Date.now() + dayMs)))).toBe('INVALID_IMPORT_TOKEN');
  });

  it('is refused as used, also with what does not unwrap', async () => {
    const again = await used();
    expect(await reasonOf(again({}, randomBytes(31)))).toBe('INVALID_IMPORT_TOKEN');
  });

  it('is refused when other material is expected', async () => {
    const again = await used();
    expect(await reasonOf(again({ key_material_id: '0'.repeat(64) }))).toBe('INCORRECT_KEY_MATERIAL');
  });
});

describe('material that expired while it was pending rotation', () => {
  it('changes no state and cannot be promoted', async () => {
    const { key_id } = await withExpiredPending();
    expect(await stateOfKey(under.latchkey, key_id)).toBe('ENABLED');
    expect(await reasonOf(under.latchkey.keys.rotateKeyOnDemand({ key_id }))).toBe('INVALID_STATE');
  });

  it('does not stand in the way of other new material', async () => {
    const { key_id } = await withExpiredPending();
    const id = await importMaterial(under.latchkey, key_id, randomBytes(32), newMaterial);
    expect((await under.latchkey.keys.rotateKeyOnDemand({ key_id })).key_material_id).toBe(id);
  });

  it('makes room when it is deleted', async () => {
    const { key_id, pending } = await withExpiredPending();
    await under.latchkey.keys.deleteImportedKeyMaterial({ key_id, key_material_id: pending });
    const id = await importMaterial(under.latchkey, key_id, randomBytes(32), newMaterial);
    expect((await under.latchkey.keys.rotateKeyOnDemand({ key_id })).key_material_id).toBe(id);
  });

  it('is shown as waiting for an import', async () => {
    const { key_id, pending } = await withExpiredPending();
    const [, shown] = await materials(key_id);
    expect(shown).toMatchObject({ key_material_id: pending, import_state: 'IMPORT_STATE_PENDING_IMPORT' });
  });
});

describe('what DescribeKey says of imported material', () => {
  it('has no expiration model once the material is deleted', async () => {
    const key_id = await newExternalKey(under.latchkey);
    await importMaterial(under.latchkey, key_id, randomBytes(32));
    await under.latchkey.keys.deleteImportedKeyMaterial({ key_id });
    expect((await metadata(key_id))?.expiration_model).toBe('EXPIRATION_MODEL_TYPE_UNSPECIFIED');
  });

  it('has the expiration model of the current one, and the date of the first to expire', async () => {
    const key_id = await newExternalKey(under.latchkey);
    const expiresAt = Date.now() + 10 * dayMs;
    await importMaterial(under.latchkey, key_id, randomBytes(32), until(expiresAt));
    await importMaterial(under.latchkey, key_id, randomBytes(32), newMaterial);
    await under.latchkey.keys.rotateKeyOnDemand({ key_id });
    expect(await metadata(key_id)).toMatchObject({
      valid_to: { seconds: String(Math.floor(expiresAt / 1000)) },
      expiration_model: 'EXPIRATION_MODEL_TYPE_KEY_MATERIAL_DOES_NOT_EXPIRE',
    });
  });
});

it('lists rotations in the order of first imports, also when an older material was promoted later', async () => {
  const { keys } = under.latchkey;
  const key_id = await newExternalKey(under.latchkey);
  await importMaterial(under.latchkey, key_id, randomBytes(32));
  const bytes = randomBytes(32);
  const second = await importMaterial(under.latchkey, key_id, bytes, newMaterial);
  await keys.deleteImportedKeyMaterial({ key_id, key_material_id: second });
  const third = await importMaterial(under.latchkey, key_id, randomBytes(32), newMaterial);
  await keys.rotateKeyOnDemand({ key_id });
  await importMaterial(under.latchkey, key_id, bytes);
  await keys.rotateKeyOnDemand({ key_id });
  const { rotations } = await keys.listKeyRotations({ key_id });
  expect(rotations.map(({ key_material_id }) => key_material_id)).toEqual([second, third]);
});
