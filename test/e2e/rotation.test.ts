import { describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();

it('encrypts with the newest backing key and decrypts with all of them', async () => {
  const { keys, crypto } = under.latchkey;
  const key_id = await under.newKey();
  const made = [await crypto.encrypt({ key_id, plaintext: Buffer.from('0') })];
  for (let rotation = 1; rotation <= 5; rotation++) {
    const { key_material_id } = await keys.rotateKeyOnDemand({ key_id });
    const encrypted = await crypto.encrypt({ key_id, plaintext: Buffer.from(String(rotation)) });
    expect(encrypted.key_material_id).toBe(key_material_id);
    made.push(encrypted);
  }
  expect(new Set(made.map(({ key_material_id }) => key_material_id)).size).toBe(6);
  for (const [rotation, { ciphertext_blob, key_material_id }] of made.entries()) {
    const opened = await crypto.decrypt({ ciphertext_blob });
    expect([opened.plaintext.toString(), opened.key_material_id]).toEqual([String(rotation), key_material_id]);
  }
  const { key_metadata } = await keys.describeKey({ key_id });
  expect(key_metadata).toMatchObject({
    current_key_material_id: made.at(-1)?.key_material_id,
    rotation: { key_material_count: 6 },
  });
  expect(key_metadata?.rotation?.last_rotation_date).not.toBeNull();
});

describe('ListKeyRotations', () => {
  it('lists rotations oldest first, and on request the backing key that the key was made with', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    const first = (await keys.describeKey({ key_id })).key_metadata?.current_key_material_id;
    expect((await keys.listKeyRotations({ key_id })).rotations).toEqual([]);
    const second = (await keys.rotateKeyOnDemand({ key_id })).key_material_id;
    const third = (await keys.rotateKeyOnDemand({ key_id })).key_material_id;

    const { rotations } = await keys.listKeyRotations({ key_id });
    expect(rotations.map((entry) => [entry.key_material_id, entry.key_material_state, entry.rotation_type])).toEqual([
      [second, 'KEY_MATERIAL_STATE_NON_CURRENT', 'ROTATION_TYPE_ON_DEMAND'],
      [third, 'KEY_MATERIAL_STATE_CURRENT', 'ROTATION_TYPE_ON_DEMAND'],
    ]);
    expect(rotations.every(({ rotation_date, creation_date }) => rotation_date !== null && creation_date !== null)).toBe(true);

    const all = await keys.listKeyRotations({ key_id, include_key_material: true });
    expect(all.rotations).toEqual([
      expect.objectContaining({
        key_id,
        key_material_id: first,
        key_material_state: 'KEY_MATERIAL_STATE_NON_CURRENT',
        rotation_type: 'ROTATION_TYPE_UNSPECIFIED',
        rotation_date: null,
      }),
      ...rotations,
    ]);
  });

  it('is paged', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    const made: string[] = [];
    for (let rotation = 0; rotation < 5; rotation++) {
      made.push((await keys.rotateKeyOnDemand({ key_id })).key_material_id);
    }
    const listed: string[] = [];
    for (let page_token = ''; ;) {
      const page = await keys.listKeyRotations({ key_id, page_size: 2, page_token });
      listed.push(...page.rotations.map(({ key_material_id }) => key_material_id));
      page_token = page.next_page_token;
      if (page_token === '') break;
    }
    expect(listed).toEqual(made);
  });
});

describe('expected_current_key_material_id', () => {
  it('rotates only while it is still current', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    const expected_current_key_material_id = (await keys.describeKey({ key_id })).key_metadata?.current_key_material_id ?? '';
    const order = { key_id, expected_current_key_material_id };
    await keys.rotateKeyOnDemand(order);
    expect(await refusalFacts(keys.rotateKeyOnDemand(order))).toEqual({ reason: 'CONFLICT', code: 'ABORTED', fields: [] });
    expect((await keys.describeKey({ key_id })).key_metadata?.rotation?.key_material_count).toBe(2);
  });

  it('lets exactly one of many win', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    const expected_current_key_material_id = (await keys.describeKey({ key_id })).key_metadata?.current_key_material_id ?? '';
    const calls = Array.from({ length: 20 }, async () => keys.rotateKeyOnDemand({ key_id, expected_current_key_material_id }));
    const won = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
  });

  it('must be a key material id', async () => {
    const key_id = await under.newKey();
    const field = 'expected_current_key_material_id';
    const facts = await refusalFacts(under.latchkey.keys.rotateKeyOnDemand({ key_id, [field]: 'ABC' }));
    expect(facts).toEqual({ reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: [field] });
  });
});

it('loses no rotation when many are asked for at once', async () => {
  const { keys } = under.latchkey;
  const key_id = await under.newKey();
  const made = await Promise.all(Array.from({ length: 30 }, async () => keys.rotateKeyOnDemand({ key_id })));
  const { rotations } = await keys.listKeyRotations({ key_id });
  expect(rotations.map(({ key_material_id }) => key_material_id).toSorted()).toEqual(
    made.map(({ key_material_id }) => key_material_id).toSorted(),
  );
});
