import fc from 'fast-check';
import { cancelKeyDeletion } from '../../src/control-plane/cancel-key-deletion.ts';
import { deleteImportedKeyMaterial } from '../../src/control-plane/delete-imported-key-material.ts';
import { disableKeyRotation } from '../../src/control-plane/disable-key-rotation.ts';
import { disableKey } from '../../src/control-plane/disable-key.ts';
import { enableKeyRotation } from '../../src/control-plane/enable-key-rotation.ts';
import { enableKey } from '../../src/control-plane/enable-key.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { scheduleKeyDeletion } from '../../src/control-plane/schedule-key-deletion.ts';
import { setDeletionProtection } from '../../src/control-plane/set-deletion-protection.ts';
import { setKeyMaterialCompromised } from '../../src/control-plane/set-key-material-compromised.ts';
import { tagResource } from '../../src/control-plane/tag-resource.ts';
import { untagResource } from '../../src/control-plane/untag-resource.ts';
import { type Answer, type Model, type ModelKey, dayMs } from './model.ts';
import type { World } from './world.ts';

/** One thing that happens. Numbers choose among what there is by then; what an act does not need is 0. */
export interface Step {
  readonly act: Act;
  readonly key: number;
  readonly pick: number;
  readonly days: number;
  readonly ms: number;
}

type Act = keyof typeof acts;

/** What a step leads to, in the model and in the world; `undefined` when there is nothing that it could be done to. */
export function perform(step: Step, model: Model, world: World): Done | undefined {
  const keys = model.keys.length;
  if (keys === 0 && needsKey(step.act)) return undefined;
  const index = keys === 0 ? 0 : chosen(step, model);
  return acts[step.act]({ step, model, world, index, key: model.keys[index]!, keyId: world.keyId(index) });
}

/** What is done to imported material mostly finds a key that can have some. */
function chosen({ act, key, pick }: Step, { keys }: Model): number {
  const external = keys.flatMap((candidate, index) => (candidate.external ? index : []));
  const isOfImports = act === 'import' || act === 'delete material';
  return (isOfImports && pick % 10 > 0 ? external[key % external.length] : undefined) ?? key % keys.length;
}

interface Done {
  readonly expected: Answer;
  readonly actual: Promise<unknown>;
}

interface Scene {
  readonly step: Step;
  readonly model: Model;
  readonly world: World;
  /** The chosen key. */
  readonly index: number;
  readonly key: ModelKey;
  readonly keyId: ReturnType<World['keyId']>;
}

const acts = {
  create: ({ step: { pick, days }, model, world }: Scene): Done | undefined => {
    if (!world.hasRoom) return undefined;
    const external = pick % 2 === 1;
    const rotationDays = pick % 5 > (external ? 3 : 1) ? 90 + days : undefined;
    const order = { external, rotationDays, isProtected: pick % 7 === 6 };
    return { expected: model.create(order), actual: world.create(order) };
  },
  rotate: ({ model, world, key, keyId }: Scene) => ({
    expected: model.rotate(key),
    actual: rotateKeyOnDemand({ keyId, clientToken: undefined, expectedCurrentKeyMaterialId: undefined }, world.plane),
  }),
  'enable rotation': ({ step, model, world, key, keyId }: Scene) => ({
    expected: model.setRotation(key, 90 + step.days),
    actual: enableKeyRotation({ keyId, periodDays: 90 + step.days }, world.plane),
  }),
  'disable rotation': ({ model, world, key, keyId }: Scene) => ({
    expected: model.setRotation(key, undefined),
    actual: disableKeyRotation(keyId, world.plane),
  }),
  enable: ({ model, world, key, keyId }: Scene) => ({ expected: model.enable(key), actual: enableKey(keyId, world.plane) }),
  disable: ({ model, world, key, keyId }: Scene) => ({ expected: model.disable(key), actual: disableKey(keyId, world.plane) }),
  import: ({ step: { pick, days }, model, world, index, key }: Scene) => {
    if (!world.canImport(index)) return undefined;
    const expiresAt = pick % 3 === 0 ? undefined : model.time.steady + (1 + days) * dayMs;
    const order = { bytes: Math.floor(pick / 3) % 3, expiresAt, asNew: Math.floor(pick / 9) % 3 > 0 && key.materials.length > 0 };
    return { expected: model.import(key, order), actual: world.import(index, order) };
  },
  'delete material': ({ step: { pick }, model, world, index, key, keyId }: Scene) => {
    const at = pick % (key.materials.length + 1);
    const keyMaterialId = world.materialIds[index]![at];
    return {
      expected: model.deleteMaterial(key, key.materials[at] ?? key.current),
      actual: deleteImportedKeyMaterial({ keyId, keyMaterialId }, world.plane),
    };
  },
  'schedule deletion': ({ step, model, world, key, keyId }: Scene) => ({
    expected: model.scheduleDeletion(key, 7 + (step.days % 24)),
    actual: scheduleKeyDeletion({ keyId, windowDays: 7 + (step.days % 24) }, world.plane),
  }),
  'cancel deletion': ({ model, world, key, keyId }: Scene) => ({
    expected: model.cancelDeletion(key),
    actual: cancelKeyDeletion(keyId, world.plane),
  }),
  protect: ({ step: { pick }, model, world, key, keyId }: Scene) => ({
    expected: model.protect(key, pick % 4 === 3),
    actual: setDeletionProtection({ keyId, deletionProtected: pick % 4 === 3 }, world.plane),
  }),
  compromise: ({ step: { pick }, model, world, index, key, keyId }: Scene) => {
    const at = pick % Math.max(1, key.materials.length);
    const keyMaterialId = world.materialIds[index]![at];
    if (keyMaterialId === undefined) return undefined;
    const compromised = pick % 5 > 1;
    return {
      expected: model.compromise(key, key.materials[at]!, compromised),
      actual: setKeyMaterialCompromised({ keyId, keyMaterialId, compromised }, world.plane),
    };
  },
  'create alias': ({ step, model, world, index }: Scene) => ({
    expected: model.createAlias(aliasName(step), index),
    actual: world.createAlias(aliasName(step), index),
  }),
  'update alias': ({ step, model, world, index }: Scene) => ({
    expected: model.updateAlias(aliasName(step), index),
    actual: world.updateAlias(aliasName(step), index),
  }),
  'delete alias': ({ step, model, world }: Scene) => ({
    expected: model.deleteAlias(aliasName(step)),
    actual: world.deleteAlias(aliasName(step)),
  }),
  tag: ({ step: { pick, days }, model, world, key, keyId }: Scene) => ({
    expected: model.tag(key, `tag ${pick % 3}`, String(days)),
    actual: tagResource({ keyId, tags: [{ key: `tag ${pick % 3}`, value: String(days) }] }, world.plane),
  }),
  untag: ({ step: { pick }, model, world, key, keyId }: Scene) => ({
    expected: model.tag(key, `tag ${pick % 3}`, undefined),
    actual: untagResource({ keyId, tagKeys: [`tag ${pick % 3}`] }, world.plane),
  }),
  encrypt: ({ model, world, index, key }: Scene) => ({ expected: model.encrypt(key), actual: world.encrypt(index) }),
  're-encrypt': ({ step: { pick }, model, world, index, key }: Scene) => {
    if (model.ciphertexts.length === 0) return undefined;
    const source = pick % model.ciphertexts.length;
    return { expected: model.reEncrypt(source, key), actual: world.reEncrypt(source, index) };
  },
  look: ({ model, world }: Scene) => ({ expected: model.look(), actual: world.look() }),
  'look, both of two': ({ step: { ms, pick }, model, world }: Scene) => {
    model.time.otherStarts();
    model.time.advance(ms);
    model.look();
    model.look();
    model.time.start();
    return { expected: undefined, actual: world.lookTwice(ms, pick % 2 === 0) };
  },
  advance: ({ step: { ms }, model, world }: Scene) => ({
    expected: model.time.advance(ms),
    actual: passing(world.clock.advance(ms)),
  }),
  'run on': ({ step: { ms }, model, world }: Scene) => {
    for (let looks = 0; looks < 2; looks++) {
      model.time.advance(ms);
      model.look();
    }
    return { expected: undefined, actual: world.runOn(ms, 2) };
  },
  'set the clock': ({ step: { ms }, model, world }: Scene) => ({
    expected: model.time.jump(ms),
    actual: passing(world.clock.jump(ms)),
  }),
  'crash and restart': ({ model, world }: Scene) => ({ expected: model.time.start(), actual: world.restart() }),
} as const satisfies Record<string, (scene: Scene) => Done | undefined>;

async function passing(_done: void): Promise<void> {}

function needsKey(act: Act): boolean {
  return ![
    'create',
    'delete alias',
    'look',
    'look, both of two',
    'advance',
    'run on',
    'set the clock',
    'crash and restart',
  ].includes(act);
}

function aliasName({ pick }: Step): string {
  return `alias/a${pick % 3}`;
}

function stepOf(act: Act, numbers: Partial<Record<'key' | 'pick' | 'days' | 'ms', fc.Arbitrary<number>>> = {}) {
  const { key = fc.nat(3), pick = fc.constant(0), days = fc.constant(0), ms = fc.constant(0) } = numbers;
  return fc.record({ act: fc.constant(act), key, pick, days, ms }) satisfies fc.Arbitrary<Step>;
}

const pick = fc.nat(62);
const days = fc.oneof(fc.nat(3), fc.nat(30), fc.nat(364));
const passed = fc.oneof(
  fc.integer({ min: 1, max: 120 }).map((minutes) => minutes * 60_000),
  fc.integer({ min: 12, max: 36 }).map((hours) => hours * 3_600_000),
  fc.integer({ min: 2, max: 40 }).map((some) => some * dayMs),
  fc.integer({ min: 89, max: 400 }).map((many) => many * dayMs),
);
const jumped = fc.oneof(
  passed,
  passed.map((ms) => -ms),
);

/** Looks and time come more often than calls, because what they do takes several of them. */
export const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: stepOf('create', { pick, days }) },
  { weight: 2, arbitrary: stepOf('rotate') },
  { weight: 2, arbitrary: stepOf('enable rotation', { days }) },
  { weight: 1, arbitrary: stepOf('disable rotation') },
  { weight: 3, arbitrary: stepOf('enable') },
  { weight: 2, arbitrary: stepOf('disable') },
  { weight: 6, arbitrary: stepOf('import', { pick, days }) },
  { weight: 1, arbitrary: stepOf('delete material', { pick }) },
  { weight: 2, arbitrary: stepOf('schedule deletion', { days }) },
  { weight: 2, arbitrary: stepOf('cancel deletion') },
  { weight: 1, arbitrary: stepOf('protect', { pick }) },
  { weight: 4, arbitrary: stepOf('compromise', { pick }) },
  { weight: 1, arbitrary: stepOf('create alias', { pick }) },
  { weight: 1, arbitrary: stepOf('update alias', { pick }) },
  { weight: 1, arbitrary: stepOf('delete alias', { pick }) },
  { weight: 1, arbitrary: stepOf('tag', { pick, days }) },
  { weight: 1, arbitrary: stepOf('untag', { pick }) },
  { weight: 8, arbitrary: stepOf('encrypt') },
  { weight: 4, arbitrary: stepOf('re-encrypt', { pick }) },
  { weight: 5, arbitrary: stepOf('look') },
  { weight: 2, arbitrary: stepOf('look, both of two', { ms: passed, pick }) },
  { weight: 4, arbitrary: stepOf('advance', { ms: passed }) },
  { weight: 6, arbitrary: stepOf('run on', { ms: passed }) },
  { weight: 2, arbitrary: stepOf('set the clock', { ms: jumped }) },
  { weight: 2, arbitrary: stepOf('crash and restart') },
);
