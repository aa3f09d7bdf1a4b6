import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAlias } from '../../src/control-plane/create-alias.ts';
import { createKey } from '../../src/control-plane/create-key.ts';
import { deleteAlias } from '../../src/control-plane/delete-alias.ts';
import { disableKey } from '../../src/control-plane/disable-key.ts';
import { enableKey } from '../../src/control-plane/enable-key.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import { listAliases } from '../../src/control-plane/list-aliases.ts';
import { listKeyRotations } from '../../src/control-plane/list-key-rotations.ts';
import { listKeys } from '../../src/control-plane/list-keys.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { updateAlias } from '../../src/control-plane/update-alias.ts';
import { updateKeyDescription } from '../../src/control-plane/update-key-description.ts';
import { type AliasName, parseAliasName } from '../../src/keys/alias.ts';
import { type ClientToken, parseClientToken } from '../../src/keys/client-token.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';
import { refused } from '../properties/two-keys.ts';
import { plainKey } from '../fakes/plain-key.ts';
import { maySeeAll } from '../fakes/callers.ts';

/**
 * Each write of each use case fails, once before it happened and once after, with the answer lost. The caller is told
 * KEY_UNAVAILABLE, what the service answers afterwards is what the store holds, and the call repeated has its effect once.
 */
let folder: string;
let contents: MemoryContents;
let faults: StoreFaults;
let service: Service;
let keyId: KeyId;
let otherKeyId: KeyId;
let ciphertext: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-faults-'));
  contents = new MemoryContents();
  faults = {};
  service = await openService({ store: openMemoryStore({ contents, faults }), secretsDirectory: join(folder, 'secrets') });
  keyId = (await createKey(order(), service.controlPlane)).key.keyId;
  otherKeyId = (await createKey(order(), service.controlPlane)).key.keyId;
  await createAlias({ aliasName: taken, targetKeyId: keyId }, service.controlPlane);
  ciphertext = await service.encrypt({ key_id: taken, plaintext: Buffer.from('x') });
});
afterEach(async () => {
  service.table.close();
  await rm(folder, { recursive: true });
});

const taken = alias('alias/taken');
const free = alias('alias/free');

interface UseCase {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  /** What the call repeated after it was applied is refused with; undefined when it succeeds. */
  readonly again?: string;
}

const useCases: readonly UseCase[] = [
  { name: 'CreateKey with a client token', run: async () => createKey(order(clientToken('create')), service.controlPlane) },
  { name: 'RotateKeyOnDemand with a client token', run: async () => rotate(clientToken('rotate')) },
  { name: 'DisableKey', run: async () => disableKey(keyId, service.controlPlane) },
  { name: 'UpdateKeyDescription', run: async () => updateKeyDescription(keyId, 'changed', service.controlPlane) },
  {
    name: 'CreateAlias',
    run: async () => createAlias({ aliasName: free, targetKeyId: keyId }, service.controlPlane),
    again: 'ALREADY_EXISTS',
  },
  {
    name: 'UpdateAlias',
    run: async () =>
      updateAlias({ aliasName: taken, fromKeyId: await ownerOf(taken), targetKeyId: otherKeyId }, service.controlPlane),
  },
  {
    name: 'DeleteAlias',
    run: async () => deleteAlias({ aliasName: taken, fromKeyId: await ownerOf(taken) }, service.controlPlane),
    again: 'ALIAS_NOT_FOUND',
  },
];

describe.each(useCases)('$name', ({ run, again }) => {
  it('fails before it happened: nothing changed, and the call repeated has its effect once', async () => {
    const untouched = await everything(service);
    faults.before = failOnce('commit');
    expect((await refused(run())).reason).toBe('KEY_UNAVAILABLE');
    expect(await everything(service)).toEqual(untouched);
    await run();
    await checkInvariants();
    expect(await everything(service)).not.toEqual(untouched);
  });

  it('happens and its answer is lost: memory follows the store, and the call repeated has no second effect', async () => {
    faults.after = failOnce('commit');
    expect((await refused(run())).reason).toBe('KEY_UNAVAILABLE');
    await checkInvariants();
    const applied = await everything(service);
    if (again === undefined) await run();
    else expect((await refused(run())).reason).toBe(again);
    expect(withoutTimes(await everything(service))).toEqual(withoutTimes(applied));
    await checkInvariants();
  });

  it('cannot read: KEY_UNAVAILABLE, and nothing changed', async () => {
    const untouched = await everything(service);
    const counter = contents.counter;
    faults.before = (operation) => {
      if (operation.startsWith('read') || operation.startsWith('list')) throw new Error('The disk is gone.');
    };
    expect((await refused(run())).reason).toBe('KEY_UNAVAILABLE');
    faults.before = undefined;
    expect(contents.counter).toBe(counter);
    expect(await everything(service)).toEqual(untouched);
  });
});

it('DisableKey whose answer is lost stops the key at once', async () => {
  await service.decrypt({ ciphertext_blob: ciphertext });
  faults.after = failOnce('commit');
  expect((await refused(disableKey(keyId, service.controlPlane))).reason).toBe('KEY_UNAVAILABLE');
  expect((await refused(service.decrypt({ ciphertext_blob: ciphertext }))).reason).toBe('KEY_DISABLED');
});

it('EnableKey whose answer is lost is in force', async () => {
  await disableKey(keyId, service.controlPlane);
  faults.after = failOnce('commit');
  expect((await refused(enableKey(keyId, service.controlPlane))).reason).toBe('KEY_UNAVAILABLE');
  expect((await service.decrypt({ ciphertext_blob: ciphertext })).toString()).toBe('x');
});

it('the data plane that cannot read says KEY_UNAVAILABLE, and works again afterwards', async () => {
  const restarted = await restart();
  faults.before = () => {
    throw new Error('The disk is gone.');
  };
  expect((await refused(restarted.decrypt({ ciphertext_blob: ciphertext }))).reason).toBe('KEY_UNAVAILABLE');
  // What is in memory needs no store.
  expect((await service.decrypt({ ciphertext_blob: ciphertext })).toString()).toBe('x');
  faults.before = undefined;
  expect((await restarted.decrypt({ ciphertext_blob: ciphertext })).toString()).toBe('x');
  restarted.table.close();
});

it('changes that lose every race are CONFLICT, and change nothing', async () => {
  faults.before = (operation) => {
    // Somebody else's change, each time between our reads and our commit.
    if (operation === 'commit') contents.counter += 1;
  };
  expect((await refused(disableKey(keyId, service.controlPlane))).reason).toBe('CONFLICT');
  faults.before = undefined;
  expect((await service.decrypt({ ciphertext_blob: ciphertext })).toString()).toBe('x');
});

/** What the service says is what one says that has just been started on the same store, and nothing is half there. */
async function checkInvariants(): Promise<void> {
  const restarted = await restart();
  const stored = await everything(restarted);
  expect(await everything(service)).toEqual(stored);
  for (const { key, rotations } of stored.keys) {
    expect(rotations).toHaveLength(key.materialCount);
    expect(rotations.at(-1)).toMatchObject({
      state: 'CURRENT',
      material: { keyMaterialId: key.currentKeyMaterialId, sequence: key.materialCount },
    });
    if (key.disabled) continue;
    const made = await service.encrypt({ key_id: key.keyId, plaintext: Buffer.from('y') });
    expect((await restarted.decrypt({ ciphertext_blob: made })).toString()).toBe('y');
  }
  expect(restarted.refusedRows).toEqual([]);
  restarted.table.close();
}

async function ownerOf(aliasName: AliasName): Promise<KeyId> {
  return (await findKey({ kind: 'alias', aliasName }, service.controlPlane)).key.keyId;
}

async function restart(): Promise<Service> {
  return openService({ store: openMemoryStore({ contents, faults }), secretsDirectory: join(folder, 'secrets') });
}

/** All that a service can tell. */
async function everything({ controlPlane }: Service) {
  const { items } = await listKeys({ ...firstPage, states: [], tags: [], ...maySeeAll }, controlPlane);
  const keys = items.map(async (item) => {
    const { key } = await findKey({ kind: 'key', keyId: item.keyId as KeyId }, controlPlane);
    const rotations = await listKeyRotations({ ...firstPage, keyId: key.keyId, includeKeyMaterial: true }, controlPlane);
    // Uses are advisory: those that were not flushed are in one instance only.
    return { key, rotations: rotations.items.map(({ used: _, ...rotation }) => rotation) };
  });
  const listed = await listAliases({ ...firstPage, keyId: undefined, ...maySeeAll }, controlPlane);
  const aliases = listed.items.map((item) => item.alias!);
  const named = aliases.map(async ({ aliasName }) => (await findKey({ kind: 'alias', aliasName }, controlPlane)).key.keyId);
  return { keys: await Promise.all(keys), aliases, named: await Promise.all(named) };
}

/** UpdateAlias repeated moves its date; that is no second effect. */
function withoutTimes(all: Awaited<ReturnType<typeof everything>>) {
  return { ...all, aliases: all.aliases.map(({ updatedAt: _, ...rest }) => rest) };
}

async function rotate(token: ClientToken | undefined): Promise<unknown> {
  return rotateKeyOnDemand({ keyId, clientToken: token, expectedCurrentKeyMaterialId: undefined }, service.controlPlane);
}

function failOnce(which: 'commit'): NonNullable<StoreFaults['before']> {
  let failed = false;
  return (operation) => {
    if (failed || operation !== which) return;
    failed = true;
    throw new Error('The disk is gone.');
  };
}

function order(token?: ClientToken) {
  return { ...plainKey, clientToken: token };
}

function alias(text: string): AliasName {
  const name = parseAliasName(text);
  if (name === undefined) throw new Error(`${text} is no alias name.`);
  return name;
}

function clientToken(text: string): ClientToken {
  const token = parseClientToken(text);
  if (token === undefined) throw new Error(`${text} is no client token.`);
  return token;
}

const firstPage = { pageSize: 1000, pageToken: '' } as const;
