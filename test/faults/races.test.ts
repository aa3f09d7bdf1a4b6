import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../src/control-plane/create-key.ts';
import { disableKey } from '../../src/control-plane/disable-key.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { updateKeyDescription } from '../../src/control-plane/update-key-description.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import { batchFailures } from '../e2e/batch-reply.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { bytesField, message, varintField } from '../e2e/protobuf-bytes.ts';
import { holdFirst } from '../fakes/hold-first.ts';
import { MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';
import { refused } from '../properties/two-keys.ts';
import { plainKey } from '../fakes/plain-key.ts';

/** Two things at once, held at a barrier so that they meet in the order that hurts. */
let folder: string;
let contents: MemoryContents;
let faults: StoreFaults;
let service: Service;
let keyId: KeyId;
let ciphertext: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-races-'));
  contents = new MemoryContents();
  const first = await open();
  keyId = (await createKey(plainKey, first.controlPlane)).key.keyId;
  ciphertext = await first.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
  first.table.close();
  // Nothing in memory: the first use loads.
  faults = {};
  service = await open();
});
afterEach(async () => {
  service.table.close();
  await rm(folder, { recursive: true });
});

describe('a load that began before a commit', () => {
  it('does not bring back the state before it', async () => {
    const held = holdFirst(faults, 'after', 'readKey');
    const use = service.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
    await held.reached;
    await disableKey(keyId, service.controlPlane);
    held.release();
    expect((await refused(use)).reason).toBe('KEY_DISABLED');
    expect((await refused(service.decrypt({ ciphertext_blob: ciphertext }))).reason).toBe('KEY_DISABLED');
  });

  it('does not bring back the state before one whose answer was lost', async () => {
    const held = holdFirst(faults, 'after', 'readKey');
    const use = service.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
    await held.reached;
    const hold = faults.after;
    faults.after = (operation) => {
      if (operation === 'commit') throw new Error('The answer is lost.');
    };
    expect((await refused(disableKey(keyId, service.controlPlane))).reason).toBe('KEY_UNAVAILABLE');
    faults.after = hold;
    held.release();
    expect((await refused(use)).reason).toBe('KEY_DISABLED');
  });

  it('encrypts with the backing key of the newer state', async () => {
    const held = holdFirst(faults, 'after', 'readKey');
    const use = service.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
    await held.reached;
    const newest = await rotate();
    held.release();
    expect((await use).toString('hex', 2, 34)).toBe(newest);
  });
});

describe('many changes at once', () => {
  it('are all made, without a conflict', async () => {
    const rotations = await Promise.all(Array.from({ length: 300 }, rotate));
    expect(new Set(rotations).size).toBe(300);
    expect((await findKey({ kind: 'key', keyId }, service.controlPlane)).key.materialCount).toBe(301);
  });
});

describe('an answer of the store that comes after that of a later change', () => {
  it('does not bring back the state of its own', async () => {
    const held = holdFirst(faults, 'after', 'commit');
    const earlier = updateKeyDescription(keyId, 'held', service.controlPlane);
    await held.reached;
    await disableKey(keyId, service.controlPlane);
    held.release();
    await earlier;
    expect((await refused(service.encrypt({ key_id: keyId, plaintext: Buffer.from('x') }))).reason).toBe('KEY_DISABLED');
    expect((await findKey({ kind: 'key', keyId }, service.controlPlane)).key).toMatchObject({
      description: 'held',
      disabled: true,
    });
  });
});

describe('DisableKey', () => {
  it('refuses a call that began to load the key before it and ends after it', async () => {
    const held = holdFirst(faults, 'after', 'readMaterial');
    const use = service.decrypt({ ciphertext_blob: ciphertext });
    await held.reached;
    await disableKey(keyId, service.controlPlane);
    held.release();
    expect((await refused(use)).reason).toBe('KEY_DISABLED');
  });

  it('is in force for every call that begins after it returned, with everything in memory', async () => {
    await service.decrypt({ ciphertext_blob: ciphertext });
    await disableKey(keyId, service.controlPlane);
    const uses = [
      service.decrypt({ ciphertext_blob: ciphertext }),
      service.encrypt({ key_id: keyId, plaintext: Buffer.from('x') }),
      service.reEncrypt({ ciphertext_blob: ciphertext, destination_key_id: keyId }),
    ];
    for (const use of uses) {
      expect((await refused(use)).reason).toBe('KEY_DISABLED');
    }
  });

  it.each([
    ['on the calling thread', 2],
    ['on a thread of the addon', 200],
  ])('is in force for every batch that begins after it returned, %s', async (_, items) => {
    const other = (await createKey(plainKey, service.controlPlane)).key.keyId;
    const plaintexts = Array.from({ length: items }, () => Buffer.from('x'));
    const ciphertext_blobs = await service.batchEncrypt({ key_id: keyId, plaintexts });
    await disableKey(keyId, service.controlPlane);
    const uses = [
      service.batchEncrypt({ key_id: keyId, plaintexts }),
      service.batchDecrypt({ ciphertext_blobs, key_id: keyId }),
      service.batchReEncrypt({ ciphertext_blobs, destination_key_id: keyId }),
      service.run('BatchGenerateDataKey', message(bytesField(1, keyId), varintField(4, 32), varintField(5, items))),
    ];
    for (const use of uses) expect((await refused(use)).reason).toBe('KEY_DISABLED');
    const all = [{ reason: 'KEY_DISABLED', indexes: [...plaintexts.keys()] }];
    for (const answer of [
      await service.batchDecrypt({ ciphertext_blobs }),
      await service.batchReEncrypt({ ciphertext_blobs, destination_key_id: other }),
    ]) {
      expect(batchFailures(answer.errors)).toMatchObject(all);
      expect(answer.failed_count).toBe(items);
    }
  });

  it('loses no rotation that was committed while it decided', async () => {
    const held = holdFirst(faults, 'before', 'commit');
    const disabling = disableKey(keyId, service.controlPlane);
    await held.reached;
    const newest = await rotate();
    held.release();
    await disabling;
    const { key } = await findKey({ kind: 'key', keyId }, service.controlPlane);
    expect(key).toMatchObject({ disabled: true, currentKeyMaterialId: newest, materialCount: 2 });
  });

  it('is not undone by a rotation that was decided before it', async () => {
    const held = holdFirst(faults, 'before', 'commit');
    const rotating = rotate();
    await held.reached;
    await disableKey(keyId, service.controlPlane);
    held.release();
    expect((await refused(rotating)).reason).toBe('KEY_DISABLED');
    const { key } = await findKey({ kind: 'key', keyId }, service.controlPlane);
    expect(key).toMatchObject({ disabled: true, materialCount: 1 });
  });
});

describe('a table that is too small for the keys in use', () => {
  it('still answers each call with the right key', async () => {
    const small = await open(1);
    const ciphertexts = [ciphertext];
    for (let rotation = 0; rotation < 5; rotation++) {
      await rotateKeyOnDemand({ keyId, clientToken: undefined, expectedCurrentKeyMaterialId: undefined }, small.controlPlane);
      ciphertexts.push(await small.encrypt({ key_id: keyId, plaintext: Buffer.from('x') }));
    }
    for (const blob of [...ciphertexts, ...ciphertexts.toReversed()]) {
      expect((await small.decrypt({ ciphertext_blob: blob })).toString()).toBe('x');
    }
    expect(small.table.stats().entries).toBe(1);
    small.table.close();
  });
});

async function rotate(): Promise<string> {
  return rotateKeyOnDemand({ keyId, clientToken: undefined, expectedCurrentKeyMaterialId: undefined }, service.controlPlane);
}

async function open(capacity = 100): Promise<Service> {
  return openService({
    store: openMemoryStore({ contents, faults: faults ?? {} }),
    secretsDirectory: join(folder, 'secrets'),
    capacity,
  });
}
