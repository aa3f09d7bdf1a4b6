import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelKeyDeletion } from '../../src/control-plane/cancel-key-deletion.ts';
import { createAlias } from '../../src/control-plane/create-alias.ts';
import { deleteImportedKeyMaterial } from '../../src/control-plane/delete-imported-key-material.ts';
import { enableKey } from '../../src/control-plane/enable-key.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import { getParametersForImport } from '../../src/control-plane/get-parameters-for-import.ts';
import { importKeyMaterial } from '../../src/control-plane/import-key-material.ts';
import { listKeys } from '../../src/control-plane/list-keys.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { scheduleKeyDeletion } from '../../src/control-plane/schedule-key-deletion.ts';
import { type AliasName, parseAliasName } from '../../src/keys/alias.ts';
import { dayMs } from '../../src/keys/days.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import type { KeyMaterialId } from '../../src/keys/key-material-id.ts';
import { wrapMaterial } from './importing.ts';
import { type ServiceUnderClock, kmsError, openServiceUnderClock } from './service-under-clock.ts';
import { maySeeAll } from '../fakes/callers.ts';

let under: ServiceUnderClock;
beforeEach(async () => {
  under = await openServiceUnderClock();
});
afterEach(async () => {
  await under.close();
});

const plaintext = Buffer.from('x');
const alias = 'alias/doomed' as AliasName;
const hourMs = dayMs / 24;
const plane = () => under.service.controlPlane;
const reasonOf = async (call: Promise<unknown>) => (await kmsError(call)).reason;
const isThere = async (keyId: KeyId) => (await listKeys(everyKey, plane())).items.some((listed) => listed.keyId === keyId);
const everyKey = { pageSize: 1000, pageToken: '', states: [], tags: [], ...maySeeAll };

describe('the destruction of a key', () => {
  it('comes after the waiting period and 24 hours of running, and leaves a tombstone', async () => {
    expect(parseAliasName(alias)).toBe(alias);
    const keyId = await under.newKey();
    const survivor = await under.newKey();
    await createAlias({ aliasName: alias, targetKeyId: keyId }, plane());
    const { encrypt, decrypt } = under.service;
    const old = await encrypt({ key_id: keyId, plaintext });
    await rotateKeyOnDemand({ keyId, clientToken: undefined, expectedCurrentKeyMaterialId: undefined }, plane());
    const recent = await encrypt({ key_id: alias, plaintext });
    const kept = await encrypt({ key_id: survivor, plaintext });
    const wrapped = await storedKeysOf(keyId);
    expect(wrapped).toHaveLength(2);
    expect(await filesWith(wrapped)).not.toEqual([]);
    expect(under.service.table.stats().entries).toBe(3);

    await scheduleKeyDeletion({ keyId, windowDays: 7 }, plane());
    // The native copies go at once.
    expect([old, recent].map((ciphertext) => under.service.handleOf(ciphertext))).toEqual([0, 0]);
    expect(under.service.table.stats().entries).toBe(1);

    under.clock.advance(7 * dayMs - 1);
    expect(await under.look()).toEqual([]);
    under.clock.advance(1);
    expect(await under.look()).toEqual([]);
    under.clock.advance(dayMs - 1);
    expect(await under.look()).toEqual([]);
    expect(await isThere(keyId)).toBe(true);
    expect(await reasonOf(decrypt({ ciphertext_blob: old }))).toBe('KEY_PENDING_DELETION');
    under.clock.advance(1);
    expect(await under.look()).toEqual(['DESTROYED']);

    const date = new Date(under.clock.now()).toISOString();
    const answersOfTheDead = async () => {
      for (const call of [
        () => findKey({ kind: 'key', keyId }, plane()),
        () => under.service.encrypt({ key_id: keyId, plaintext }),
        () => under.service.decrypt({ ciphertext_blob: old }),
        () => under.service.decrypt({ ciphertext_blob: recent }),
        () => under.service.decrypt({ ciphertext_blob: recent, key_id: keyId }),
        () => under.service.reEncrypt({ ciphertext_blob: kept, destination_key_id: keyId }),
        () => cancelKeyDeletion(keyId, plane()),
      ]) {
        const { reason, message } = await kmsError(call());
        expect([reason, message]).toEqual(['KEY_DESTROYED', expect.stringContaining(date)]);
      }
      expect(await reasonOf(under.service.encrypt({ key_id: alias, plaintext }))).toBe('ALIAS_NOT_FOUND');
      expect(await isThere(keyId)).toBe(false);
      expect(await under.service.decrypt({ ciphertext_blob: kept })).toEqual(plaintext);
      expect(under.service.handleOf(old)).toBe(0);
      expect(under.service.table.stats().entries).toBe(1);
    };
    await answersOfTheDead();
    expect(await filesWith(wrapped)).toEqual([]);
    expect(await under.look()).toEqual([]);
    await under.restart();
    await answersOfTheDead();
    // The name is free again.
    await createAlias({ aliasName: alias, targetKeyId: survivor }, plane());
  });

  it('begins with the native copies, which no refused use brings back', async () => {
    const keyId = await under.newKey();
    const ciphertext = await under.service.encrypt({ key_id: keyId, plaintext });
    await scheduleKeyDeletion({ keyId, windowDays: 7 }, plane());
    expect(under.service.table.stats().entries).toBe(0);
    const use = () => under.service.decrypt({ ciphertext_blob: ciphertext });
    expect(await reasonOf(use())).toBe('KEY_PENDING_DELETION');
    expect(under.service.table.stats().entries).toBe(0);
    await under.restart();
    expect(await reasonOf(use())).toBe('KEY_PENDING_DELETION');
    expect(under.service.table.stats().entries).toBe(0);
    await cancelKeyDeletion(keyId, plane());
    await enableKey(keyId, plane());
    expect(await use()).toEqual(plaintext);
  });

  it('needs the 24 hours to be of running: time while the service was off does not count', async () => {
    const keyId = await under.newKey();
    await scheduleKeyDeletion({ keyId, windowDays: 7 }, plane());
    under.clock.advance(8 * dayMs);
    await under.restart();
    expect(await under.look()).toEqual([]);
    for (let start = 1; start <= 4; start++) {
      under.clock.advance(6 * hourMs - 1);
      expect(await under.look()).toEqual([]);
      under.clock.advance(30 * dayMs);
      await under.restart();
    }
    expect(await isThere(keyId)).toBe(true);
    await under.look();
    under.clock.advance(4);
    expect(await under.look()).toEqual(['DESTROYED']);
  });

  it('does not come of one bad clock: what was set right within the time is lost to nobody', async () => {
    const keyId = await under.newKey();
    await scheduleKeyDeletion({ keyId, windowDays: 30 }, plane());
    under.clock.jump(3650 * dayMs);
    expect(await under.look()).toEqual([]);
    under.clock.advance(23 * hourMs);
    expect(await under.look()).toEqual([]);
    under.clock.jump(-3650 * dayMs);
    expect(await under.look()).toEqual([]);
    under.clock.advance(24 * hourMs);
    expect(await under.look()).toEqual([]);
    // A bad clock again: it counts from the beginning.
    under.clock.jump(3650 * dayMs);
    expect(await under.look()).toEqual([]);
    under.clock.advance(23 * hourMs);
    expect(await under.look()).toEqual([]);
    await cancelKeyDeletion(keyId, plane());
    under.clock.advance(30 * dayMs);
    expect(await under.look()).toEqual([]);
    expect(await isThere(keyId)).toBe(true);
  });

  it('is called off by CancelKeyDeletion up to the last moment', async () => {
    const keyId = await under.newKey();
    await scheduleKeyDeletion({ keyId, windowDays: 7 }, plane());
    under.clock.advance(7 * dayMs);
    await under.look();
    under.clock.advance(dayMs - 1);
    await under.look();
    await cancelKeyDeletion(keyId, plane());
    // Scheduled again, nothing of the first time counts.
    await scheduleKeyDeletion({ keyId, windowDays: 7 }, plane());
    under.clock.advance(7 * dayMs);
    expect(await under.look()).toEqual([]);
    expect(await isThere(keyId)).toBe(true);
  });
});

describe('the destruction of imported bytes', () => {
  it('is at once when they are deleted', async () => {
    const { keyId, wrapped, ciphertext } = await importedKey(undefined);
    expect(await filesWith(wrapped)).not.toEqual([]);
    await deleteImportedKeyMaterial({ keyId, keyMaterialId: undefined }, plane());
    expect(await filesWith(wrapped)).toEqual([]);
    expect(under.service.handleOf(ciphertext)).toBe(0);
    expect(under.service.table.stats().entries).toBe(0);
  });

  it('is 24 hours of running after they expired; they are refused at once', async () => {
    const { keyId, wrapped, ciphertext } = await importedKey(under.clock.now() + 10 * dayMs);
    under.clock.advance(10 * dayMs);
    expect(await reasonOf(under.service.decrypt({ ciphertext_blob: ciphertext }))).toBe('KEY_PENDING_IMPORT');
    expect(await under.look()).toEqual([]);
    under.clock.advance(dayMs - 1);
    expect(await under.look()).toEqual([]);
    expect(await filesWith(wrapped)).not.toEqual([]);
    under.clock.advance(1);
    expect(await under.look()).toEqual(['MATERIAL_DESTROYED']);
    expect(await filesWith(wrapped)).toEqual([]);
    expect(under.service.table.stats().entries).toBe(0);
    expect(await reasonOf(under.service.decrypt({ ciphertext_blob: ciphertext }))).toBe('KEY_PENDING_IMPORT');
    expect((await under.key(keyId)).imported).toEqual({ missing: 1, current: { present: false } });
  });

  it('once expired, they stay refused when the clock is set back', async () => {
    const { ciphertext } = await importedKey(under.clock.now() + 10 * dayMs);
    under.clock.jump(10 * dayMs);
    expect(await reasonOf(under.service.decrypt({ ciphertext_blob: ciphertext }))).toBe('KEY_PENDING_IMPORT');
    under.clock.jump(-10 * dayMs);
    expect(await reasonOf(under.service.decrypt({ ciphertext_blob: ciphertext }))).toBe('KEY_PENDING_IMPORT');
  });
});

/** Wrapped bytes of all backing keys of a key, as the store holds them. */
async function storedKeysOf(keyId: KeyId): Promise<readonly Uint8Array[]> {
  const { value: rows } = await under.store.listMaterials(keyId, { after: 0, limit: 1000 });
  return rows.map(({ storedKey }) => storedKey);
}

/** Files of the data directory that hold one of these. */
async function filesWith(needles: readonly Uint8Array[]): Promise<readonly string[]> {
  const names = await readdir(under.dataDirectory);
  const contents = await Promise.all(names.map(async (name) => readFile(join(under.dataDirectory, name))));
  return names.filter((_, index) => needles.some((needle) => contents[index]!.includes(Buffer.from(needle))));
}

async function importedKey(expiresAt: number | undefined) {
  const keyId = await under.newKey({ origin: 'EXTERNAL' });
  const wrapping = { wrappingAlgorithm: 'RSAES_OAEP_SHA_256', wrappingKeySpec: 'RSA_2048' } as const;
  const { token, publicKey } = await getParametersForImport({ keyId, ...wrapping }, plane());
  const keyMaterialId: KeyMaterialId = await importKeyMaterial(
    {
      keyId,
      importToken: token,
      wrapped: wrapMaterial(Buffer.from(publicKey), 'RSAES_OAEP_SHA_256', randomBytes(32)),
      expiresAt,
      importType: undefined,
      expectedKeyMaterialId: undefined,
    },
    plane(),
  );
  const ciphertext = await under.service.encrypt({ key_id: keyId, plaintext });
  return { keyId, keyMaterialId, ciphertext, wrapped: await storedKeysOf(keyId) };
}
