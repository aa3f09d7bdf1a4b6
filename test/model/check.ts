import { expect } from 'vitest';
import { findKey } from '../../src/control-plane/find-key.ts';
import { listAliases } from '../../src/control-plane/list-aliases.ts';
import { listKeyRotations } from '../../src/control-plane/list-key-rotations.ts';
import { keyMetadata, rotationsListEntry } from '../../src/grpc/messages.ts';
import type { AliasName } from '../../src/keys/alias.ts';
import type { MaterialRow } from '../../src/storage/store.ts';
import { type Model, type ModelKey, type ModelMaterial, isPermanent } from './model.ts';
import { type World, reasonOf } from './world.ts';
import { maySeeAll } from '../fakes/callers.ts';

/** Whether the world is as the model has it, by what callers can ask and by what the disk would hold. */
export async function checkAll(model: Model, world: World): Promise<void> {
  expect(world.plane.clock.now()).toBe(model.time.wall);
  expect(world.plane.clock.steadyNow()).toBe(model.time.steady);
  for (const [index, key] of model.keys.entries()) await checkKey(model, { index, key }, world);
  await checkAliases(model, world);
  await checkCiphertexts(model, world);
  checkBytes(model, world);
  expect(world.service.refusedRows).toEqual([]);
}

async function checkKey(model: Model, { index, key }: { index: number; key: ModelKey }, world: World): Promise<void> {
  const keyId = world.keyId(index);
  const find = async () => findKey({ kind: 'key', keyId }, world.plane);
  if (key.destroyed) {
    expect(await reasonOf(find())).toBe('KEY_DESTROYED');
    return;
  }
  const found = await find();
  const shown = keyMetadata(found, scope, world.plane.clock.steadyNow());
  const { rotation } = key;
  expect({
    state: shown.key_state,
    deletion: found.key.deletion?.date,
    isProtected: shown.deletion_protection,
    rotationFrom: found.key.rotation?.countedFrom,
    rotationDays: found.key.rotation?.periodDays,
    tags: Object.fromEntries((found.key.tags ?? []).map((tag) => [tag.key, tag.value])),
  }).toEqual({
    state: `KEY_STATE_${model.state(key)}`,
    deletion: key.deletion?.date,
    isProtected: key.isProtected,
    rotationFrom: rotation?.from,
    rotationDays: rotation?.days,
    tags: Object.fromEntries(key.tags),
  });
  await checkMaterials(key, index, world);
}

/** The same backing keys as in the model; exactly one is the current one; none has an id that there was before. */
async function checkMaterials(key: ModelKey, index: number, world: World): Promise<void> {
  const order = { keyId: world.keyId(index), includeKeyMaterial: true, pageSize: 1000, pageToken: '' };
  const listed = (await listKeyRotations(order, world.plane)).items.map(rotationsListEntry);
  expect(
    listed.map((entry) => [entry.key_material_state, entry.import_state, entry.compromised_date !== null, validTo(entry.valid_to)]),
  ).toEqual(
    key.materials.map((material) => [
      `KEY_MATERIAL_STATE_${materialState(key, material)}`,
      `IMPORT_STATE_${key.external ? (material.isHere ? 'IMPORTED' : 'PENDING_IMPORT') : 'UNSPECIFIED'}`,
      material.compromised,
      material.expiresAt,
    ]),
  );
  const ids = listed.map((entry) => entry.key_material_id as (typeof world.materialIds)[number][number]);
  const known = world.materialIds[index]!;
  expect(ids.slice(0, known.length)).toEqual(known);
  known.push(...ids.slice(known.length));
  const all = world.materialIds.flat();
  expect(new Set(all).size).toBe(all.length);
}

function materialState(key: ModelKey, material: ModelMaterial): string {
  if (material === key.current) return 'CURRENT';
  return isPermanent(material) ? 'NON_CURRENT' : 'PENDING_ROTATION';
}

async function checkAliases(model: Model, world: World): Promise<void> {
  const { items } = await listAliases({ keyId: undefined, pageSize: 1000, pageToken: '', ...maySeeAll }, world.plane);
  const named = [...model.aliases].map(([name, target]) => [name, world.keyId(target)] as const);
  expect(new Map(items.map(({ alias }) => [alias?.aliasName, alias?.keyId]))).toEqual(new Map(named));
  for (const [name, keyId] of named) {
    expect((await findKey({ kind: 'alias', aliasName: name as AliasName }, world.plane)).key.keyId).toBe(keyId);
  }
}

/** Every ciphertext that was ever made opens, or is refused for the model's reason. */
async function checkCiphertexts(model: Model, world: World): Promise<void> {
  for (const [index, { blob, plaintext }] of world.ciphertexts.entries()) {
    const reason = model.refusesDecrypt(index);
    const opened = world.service.decrypt({ ciphertext_blob: blob });
    if (reason === undefined) expect((await opened).equals(plaintext)).toBe(true);
    else expect(await reasonOf(opened)).toBe(reason);
  }
}

/** A backing key that is there has its bytes in its row; of one that is not, nothing that it was ever stored as is in any row. */
function checkBytes(model: Model, world: World): void {
  const rows = [...new Set(world.contents.rows.values())];
  const stored = new Map(rows.filter((row): row is MaterialRow => row.kind === 'material').map((row) => [row.keyMaterialId, row]));
  let disk: Buffer | undefined;
  for (const [index, key] of model.keys.entries()) {
    for (const [at, material] of key.materials.entries()) {
      const id = world.materialIds[index]![at];
      // Not yet seen: a key that was destroyed in the same look that rotated it.
      if (id === undefined) continue;
      const { storedKey } = stored.get(id)!;
      expect(storedKey.length > 0).toBe(material.isHere);
      const forms = world.storedKeys.get(id) ?? new Set();
      world.storedKeys.set(id, material.isHere ? forms.add(storedKey) : forms);
      if (material.isHere) continue;
      disk ??= Buffer.concat(rows.flatMap((row) => Object.values(row).filter((value) => value instanceof Uint8Array)));
      for (const form of forms) expect(disk.includes(Buffer.from(form))).toBe(false);
    }
  }
}

function validTo(date: ReturnType<typeof rotationsListEntry>['valid_to']): number | undefined {
  if (date === null || date === undefined) return undefined;
  return Number(date.seconds) * 1000 + (date.nanos ?? 0) / 1_000_000;
}

const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' } as const;
