import { describe, expect, it } from 'vitest';
import { cancelKeyDeletion } from '../../src/control-plane/cancel-key-deletion.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { deleteImportedKeyMaterial } from '../../src/control-plane/delete-imported-key-material.ts';
import { disableKeyRotation } from '../../src/control-plane/disable-key-rotation.ts';
import { disableKey } from '../../src/control-plane/disable-key.ts';
import { enableKeyRotation } from '../../src/control-plane/enable-key-rotation.ts';
import { enableKey } from '../../src/control-plane/enable-key.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import { getParametersForImport } from '../../src/control-plane/get-parameters-for-import.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { scheduleKeyDeletion } from '../../src/control-plane/schedule-key-deletion.ts';
import { setDeletionProtection } from '../../src/control-plane/set-deletion-protection.ts';
import { setKeyMaterialCompromised } from '../../src/control-plane/set-key-material-compromised.ts';
import { tagResource } from '../../src/control-plane/tag-resource.ts';
import { untagResource } from '../../src/control-plane/untag-resource.ts';
import { parseClientToken } from '../../src/keys/client-token.ts';
import { dayMs } from '../../src/keys/days.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import type { KeyMaterialId } from '../../src/keys/key-material-id.ts';
import type { StoreFaults } from '../fakes/memory-store.ts';
import { refused } from '../properties/two-keys.ts';
import { useKeyLife } from './key-life-service.ts';

/**
 * Each write of each use case of a key's life fails, once before it happened and once after, with the answer lost; repeated, it
 * has its effect once.
 */
const life = useKeyLife();
let firstMaterialId: KeyMaterialId;

interface UseCase {
  readonly name: string;
  readonly prepare?: () => Promise<unknown>;
  readonly run: (plane: ControlPlane) => Promise<unknown>;
  /** What the call repeated after it was applied is refused with; undefined when it succeeds. */
  readonly again?: string;
}

const useCases: readonly UseCase[] = [
  { name: 'EnableKeyRotation', run: async (plane) => enableKeyRotation({ keyId: life.keyId, periodDays: 200 }, plane) },
  { name: 'DisableKeyRotation', run: async (plane) => disableKeyRotation(life.keyId, plane) },
  {
    name: 'EnableKey of a key whose rotation is overdue',
    prepare: async () => {
      await disableKey(life.keyId, life.service.controlPlane);
      life.clock.advance(91 * dayMs);
    },
    run: async (plane) => enableKey(life.keyId, plane),
  },
  {
    name: 'ScheduleKeyDeletion',
    run: async (plane) => scheduleKeyDeletion({ keyId: life.keyId, windowDays: 7 }, plane),
    again: 'KEY_PENDING_DELETION',
  },
  {
    name: 'CancelKeyDeletion of a key whose rotation is overdue',
    prepare: async () => {
      await scheduleDeletion(life.keyId);
      life.clock.advance(91 * dayMs);
    },
    run: async (plane) => cancelKeyDeletion(life.keyId, plane),
    again: 'INVALID_STATE',
  },
  {
    name: 'SetDeletionProtection',
    run: async (plane) => setDeletionProtection({ keyId: life.keyId, deletionProtected: true }, plane),
  },
  {
    name: 'SetKeyMaterialCompromised',
    prepare: async () => {
      const { key } = await findKey({ kind: 'key', keyId: life.keyId }, life.service.controlPlane);
      firstMaterialId = key.currentKeyMaterialId!;
      await rotate(life.keyId, {});
    },
    run: async (plane) =>
      setKeyMaterialCompromised({ keyId: life.keyId, keyMaterialId: firstMaterialId, compromised: true }, plane),
  },
  { name: 'TagResource', run: async (plane) => tagResource({ keyId: life.keyId, tags }, plane) },
  {
    name: 'UntagResource',
    prepare: async () => tagResource({ keyId: life.keyId, tags }, life.service.controlPlane),
    run: async (plane) => untagResource({ keyId: life.keyId, tagKeys: ['a'] }, plane),
  },
  {
    name: 'GetParametersForImport',
    prepare: async () => forgetImportKeys(),
    run: async (plane) =>
      getParametersForImport(
        { keyId: life.externalKeyId, wrappingAlgorithm: 'RSAES_OAEP_SHA_256', wrappingKeySpec: 'RSA_2048' },
        plane,
      ),
  },
  { name: 'ImportKeyMaterial, the first', run: async () => life.importBytes({ bytes: 1, token: 0 }) },
  {
    name: 'ImportKeyMaterial, a new one',
    prepare: async () => life.importBytes({ bytes: 1, token: 0 }),
    run: async () => life.importBytes({ bytes: 2, token: 1, asNew: true, days: 30 }),
  },
  {
    name: 'ImportKeyMaterial of what was deleted',
    prepare: async () => {
      await life.importBytes({ bytes: 1, token: 0 });
      await deleteMaterial(life.service.controlPlane);
    },
    run: async () => life.importBytes({ bytes: 1, token: 1 }),
  },
  {
    name: 'DeleteImportedKeyMaterial',
    prepare: async () => life.importBytes({ bytes: 1, token: 0 }),
    run: deleteMaterial,
  },
  {
    name: 'RotateKeyOnDemand to imported material, with a client token',
    prepare: importTwo,
    run: async () => rotate(life.externalKeyId, { token: 'rotate' }),
  },
  {
    name: 'RotateKeyOnDemand to imported material, from the one expected',
    prepare: importTwo,
    run: async () => rotate(life.externalKeyId, { expected: firstMaterialId }),
    again: 'CONFLICT',
  },
];

describe.each(useCases)('$name', ({ prepare, run, again }) => {
  it('fails before it happened: nothing changed, and the call repeated has its effect once', async () => {
    await prepare?.();
    const untouched = await life.everything();
    life.faults.before = failCommit(1);
    expect((await refused(run(life.service.controlPlane))).reason).toBe('KEY_UNAVAILABLE');
    expect(await life.everything()).toEqual(untouched);
    await run(life.service.controlPlane);
    await expectMemoryAsStored();
    expect(await life.everything()).not.toEqual(untouched);
  });

  it('happens and its answer is lost: memory follows the store, and the call repeated has no second effect', async () => {
    await prepare?.();
    life.faults.after = failCommit(1);
    expect((await refused(run(life.service.controlPlane))).reason).toBe('KEY_UNAVAILABLE');
    await expectMemoryAsStored();
    const applied = await life.everything();
    if (again === undefined) await run(life.service.controlPlane);
    else expect((await refused(run(life.service.controlPlane))).reason).toBe(again);
    expect(await life.everything()).toEqual(applied);
    await expectMemoryAsStored();
  });

  it('cannot read: KEY_UNAVAILABLE, and nothing changed', async () => {
    await prepare?.();
    const untouched = await life.everything();
    life.faults.before = (operation) => {
      if (operation.startsWith('read') || operation.startsWith('list')) throw new Error('The disk is gone.');
    };
    expect((await refused(run(life.service.controlPlane))).reason).toBe('KEY_UNAVAILABLE');
    life.faults.before = undefined;
    expect(await life.everything()).toEqual(untouched);
  });
});

it('ImportKeyMaterial whose answer is lost answers the same with the same token', async () => {
  const answer = await life.importBytes({ bytes: 1, token: 0 });
  expect(await life.importBytes({ bytes: 1, token: 0 })).toBe(answer);
  expect((await refused(life.importBytes({ bytes: 2, token: 0, asNew: true }))).reason).toBe('INVALID_IMPORT_TOKEN');
});

interface LookCase {
  readonly name: string;
  /** Leaves something for the next look to do. */
  readonly prepare: () => Promise<unknown>;
  /** Throws unless it was done, once. */
  readonly expectDone: (all: Awaited<ReturnType<typeof life.everything>>) => void;
}

const looks: readonly LookCase[] = [
  {
    name: 'rotates',
    prepare: async () => life.clock.advance(91 * dayMs),
    expectDone: ({ keys }) => expect(ofKey(keys, life.keyId).key.materialCount).toBe(2),
  },
  {
    name: 'notes that a key is due to be destroyed',
    prepare: async () => {
      await scheduleDeletion(life.keyId);
      life.clock.advance(7 * dayMs);
    },
    expectDone: ({ keys }) => expect(ofKey(keys, life.keyId).key.deletion?.due).toBeDefined(),
  },
  {
    name: 'destroys a key',
    prepare: async () => {
      await scheduleDeletion(life.keyId);
      life.clock.advance(7 * dayMs);
      await life.look();
      life.clock.advance(dayMs);
    },
    expectDone: ({ keys, tombstones, withBytes }) => {
      expect(keys.map(({ key }) => key.keyId)).toEqual([life.externalKeyId]);
      expect(tombstones).toEqual([life.keyId]);
      expect(withBytes).toEqual([]);
    },
  },
  {
    name: 'notes that material has expired',
    prepare: async () => {
      await life.importBytes({ bytes: 1, token: 0, days: 1 });
      life.clock.advance(dayMs);
    },
    expectDone: ({ keys }) => expect(ofKey(keys, life.externalKeyId).key.imported?.due).toBeDefined(),
  },
  {
    name: 'destroys expired material',
    prepare: async () => {
      await life.importBytes({ bytes: 1, token: 0, days: 1 });
      life.clock.advance(dayMs);
      await life.look();
      life.clock.advance(dayMs);
    },
    expectDone: ({ keys, withBytes }) => {
      expect(ofKey(keys, life.externalKeyId).key.imported).toMatchObject({ missing: 1, current: { present: false } });
      expect(withBytes).toEqual([ofKey(keys, life.keyId).key.currentKeyMaterialId]);
    },
  },
  {
    name: 'destroys old import keys',
    prepare: async () => {
      for (const [name, row] of life.contents.rows) {
        if (row.kind === 'import-key') life.contents.rows.set(name, { ...row, createdAt: life.clock.now() });
      }
      life.clock.advance(2 * dayMs);
    },
    expectDone: ({ importKeys }) => expect(importKeys).toEqual([]),
  },
];

// Its first write keeps the time, its second does what is due.
describe.each(looks)('a look that $name', ({ prepare, expectDone }) => {
  it.each([1, 2])('fails before write %i happened: the next look does it', async (write) => {
    await prepare();
    life.faults.before = failCommit(write);
    expect((await life.look()).failures).toEqual(['KEY_UNAVAILABLE']);
    expect((await life.look()).failures).toEqual([]);
    await expectDoneOnce(expectDone);
  });

  it.each([1, 2])('loses the answer of write %i: it is done, once', async (write) => {
    await prepare();
    life.faults.after = failCommit(write);
    expect((await life.look()).failures).toEqual(['KEY_UNAVAILABLE']);
    expect((await life.look()).failures).toEqual([]);
    await expectDoneOnce(expectDone);
  });
});

async function expectDoneOnce(expectDone: LookCase['expectDone']): Promise<void> {
  const done = await life.everything();
  expectDone(done);
  expect(await life.look()).toEqual({ events: [], failures: [] });
  expect(await life.everything()).toEqual(done);
  await expectMemoryAsStored();
}

/** What the service says is what one says that has just been started on the same store. */
async function expectMemoryAsStored(): Promise<void> {
  const restarted = await life.open();
  expect(await life.everything()).toEqual(await life.everything(restarted));
  expect(restarted.refusedRows).toEqual([]);
  restarted.table.close();
}

/** Fails that commit, counted from now; no other. */
function failCommit(which: number): NonNullable<StoreFaults['before']> {
  let commits = 0;
  return (operation) => {
    if (operation === 'commit' && ++commits === which) throw new Error('The disk is gone.');
  };
}

async function scheduleDeletion(keyId: KeyId): Promise<unknown> {
  return scheduleKeyDeletion({ keyId, windowDays: 7 }, life.service.controlPlane);
}

async function deleteMaterial(plane: ControlPlane): Promise<unknown> {
  return deleteImportedKeyMaterial({ keyId: life.externalKeyId, keyMaterialId: undefined }, plane);
}

async function rotate(keyId: KeyId, { token, expected }: { token?: string; expected?: KeyMaterialId }): Promise<unknown> {
  const clientToken = token === undefined ? undefined : parseClientToken(token);
  return rotateKeyOnDemand({ keyId, clientToken, expectedCurrentKeyMaterialId: expected }, life.service.controlPlane);
}

async function importTwo(): Promise<void> {
  firstMaterialId = await life.importBytes({ bytes: 1, token: 0 });
  await life.importBytes({ bytes: 2, token: 1, asNew: true });
}

function forgetImportKeys(): void {
  for (const [name, row] of life.contents.rows) if (row.kind === 'import-key') life.contents.rows.delete(name);
}

function ofKey<T extends { readonly key: { readonly keyId: KeyId } }>(keys: readonly T[], keyId: KeyId): T {
  return keys.find(({ key }) => key.keyId === keyId)!;
}

const tags = [{ key: 'a', value: 'b' }] as const;
