import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cancelKeyDeletion } from '../../src/control-plane/cancel-key-deletion.ts';
import { disableKeyRotation } from '../../src/control-plane/disable-key-rotation.ts';
import { disableKey } from '../../src/control-plane/disable-key.ts';
import { enableKeyRotation } from '../../src/control-plane/enable-key-rotation.ts';
import { enableKey } from '../../src/control-plane/enable-key.ts';
import { listKeyRotations } from '../../src/control-plane/list-key-rotations.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { scheduleKeyDeletion } from '../../src/control-plane/schedule-key-deletion.ts';
import { dayMs } from '../../src/keys/days.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import { keyState } from '../../src/keys/key-state.ts';
import { nextRotationAt } from '../../src/keys/rotation.ts';
import { type ServiceUnderClock, openServiceUnderClock } from './service-under-clock.ts';

let under: ServiceUnderClock;
let start: number;
beforeEach(async () => {
  under = await openServiceUnderClock();
  start = under.clock.now();
});
afterEach(async () => {
  await under.close();
});

const plane = () => under.service.controlPlane;
const next = async (keyId: KeyId) => nextRotationAt(await under.key(keyId));
const materials = async (keyId: KeyId) => (await under.key(keyId)).materialCount;
const state = async (keyId: KeyId) => keyState(await under.key(keyId), under.clock.now());
const onDemand = (keyId: KeyId) =>
  rotateKeyOnDemand({ keyId, clientToken: undefined, expectedCurrentKeyMaterialId: undefined }, plane());
const encrypt = async (keyId: KeyId, text: string) => under.service.encrypt({ key_id: keyId, plaintext: Buffer.from(text) });
const decrypt = async (ciphertext_blob: Buffer) => (await under.service.decrypt({ ciphertext_blob })).toString();
async function history(keyId: KeyId): Promise<readonly unknown[]> {
  const order = { keyId, includeKeyMaterial: false, pageSize: 1000, pageToken: '' };
  return (await listKeyRotations(order, plane())).items.map(({ material }) => [
    material.rotation?.type,
    material.rotation?.rotatedAt,
  ]);
}

describe('when a key is rotated', () => {
  it('is one period after it was turned on, then one period after each automatic rotation', async () => {
    const keyId = await under.newKey();
    under.clock.advance(5 * dayMs);
    await enableKeyRotation({ keyId, periodDays: 90 }, plane());
    const first = start + 95 * dayMs;
    expect(await next(keyId)).toBe(first);
    under.clock.advance(90 * dayMs - 1);
    expect(await under.look()).toEqual([]);
    under.clock.advance(1);
    expect(await under.look()).toEqual(['ROTATED']);
    expect(await under.look()).toEqual([]);
    expect(await next(keyId)).toBe(first + 90 * dayMs);

    // A look that comes late: the next date is counted from the rotation.
    under.clock.advance(93 * dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
    const second = first + 93 * dayMs;
    expect(await next(keyId)).toBe(second + 90 * dayMs);
    expect(await history(keyId)).toEqual([
      ['AUTOMATIC', first],
      ['AUTOMATIC', second],
    ]);
    expect((await under.key(keyId)).lastRotatedAt).toBe(second);
  });

  it('begins with the key when CreateKey says so', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 2560 });
    expect(await next(keyId)).toBe(start + 2560 * dayMs);
    under.clock.advance(2560 * dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
  });

  it('is counted anew when it is turned on again, with the new period', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 365 });
    under.clock.advance(364 * dayMs);
    await enableKeyRotation({ keyId, periodDays: 100 }, plane());
    expect(await next(keyId)).toBe(start + 464 * dayMs);
    under.clock.advance(dayMs);
    expect(await under.look()).toEqual([]);
    await disableKeyRotation(keyId, plane());
    expect(await next(keyId)).toBeUndefined();
    under.clock.advance(1000 * dayMs);
    expect(await under.look()).toEqual([]);
    await enableKeyRotation({ keyId, periodDays: 90 }, plane());
    expect(await under.look()).toEqual([]);
    expect(await next(keyId)).toBe(under.clock.now() + 90 * dayMs);
  });

  it('is not moved by a rotation on demand', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    under.clock.advance(89 * dayMs);
    await onDemand(keyId);
    expect(await next(keyId)).toBe(start + 90 * dayMs);
    under.clock.advance(dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
    expect(await history(keyId)).toEqual([
      ['ON_DEMAND', start + 89 * dayMs],
      ['AUTOMATIC', start + 90 * dayMs],
    ]);
  });

  it('is only when it is turned on', async () => {
    const keyId = await under.newKey();
    under.clock.advance(10_000 * dayMs);
    expect(await under.look()).toEqual([]);
    expect(await materials(keyId)).toBe(1);
  });

  it('is known after a restart', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    await under.restart();
    under.clock.advance(90 * dayMs);
    await under.restart();
    expect(await under.look()).toEqual(['ROTATED']);
    expect(await materials(keyId)).toBe(2);
  });
});

describe('a key that is not Enabled', () => {
  it('is not rotated while Disabled, and rotated at once when it is enabled', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    await disableKey(keyId, plane());
    under.clock.advance(300 * dayMs);
    expect(await under.look()).toEqual([]);
    expect(await materials(keyId)).toBe(1);
    await enableKey(keyId, plane());
    expect([await state(keyId), await materials(keyId)]).toEqual(['ENABLED', 2]);
    expect(await next(keyId)).toBe(start + 390 * dayMs);
    expect(await history(keyId)).toEqual([['AUTOMATIC', start + 300 * dayMs]]);
    expect(await under.look()).toEqual([]);
  });

  it('is not rotated when it is enabled before its date', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    await disableKey(keyId, plane());
    under.clock.advance(89 * dayMs);
    await enableKey(keyId, plane());
    expect(await materials(keyId)).toBe(1);
    expect(await next(keyId)).toBe(start + 90 * dayMs);
  });

  it('is not rotated while its deletion is pending; cancelling rotates it, although it is Disabled then', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    const ciphertext = await encrypt(keyId, 'before');
    under.clock.advance(80 * dayMs);
    await scheduleKeyDeletion({ keyId, windowDays: 30 }, plane());
    under.clock.advance(20 * dayMs);
    expect(await under.look()).toEqual([]);
    expect(await materials(keyId)).toBe(1);
    await cancelKeyDeletion(keyId, plane());
    expect([await state(keyId), await materials(keyId)]).toEqual(['DISABLED', 2]);
    expect(await history(keyId)).toEqual([['AUTOMATIC', start + 100 * dayMs]]);
    await enableKey(keyId, plane());
    expect(await materials(keyId)).toBe(2);
    expect(await decrypt(ciphertext)).toBe('before');
  });

  it('is not rotated by cancelling when nothing is due', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    await scheduleKeyDeletion({ keyId, windowDays: 7 }, plane());
    await cancelKeyDeletion(keyId, plane());
    expect(await materials(keyId)).toBe(1);
  });
});

describe('a clock that jumps', () => {
  it('ten years ahead causes one rotation', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    under.clock.jump(3650 * dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
    expect(await under.look()).toEqual([]);
    expect(await materials(keyId)).toBe(2);
    expect(await next(keyId)).toBe(start + 3740 * dayMs);
  });

  it('back leaves the next date at most one period from now', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    const other = await under.newKey({ rotationPeriodDays: 365 });
    under.clock.jump(3650 * dayMs);
    expect(await under.look()).toEqual(['ROTATED', 'ROTATED']);
    under.clock.jump(-3650 * dayMs);
    expect(await under.look()).toEqual([]);
    expect([await next(keyId), await next(other)]).toEqual([start + 90 * dayMs, start + 365 * dayMs]);
    under.clock.advance(90 * dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
    expect([await materials(keyId), await materials(other)]).toEqual([3, 2]);
  });

  it('back while the service was off does the same', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    under.clock.jump(3650 * dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
    under.clock.jump(-3650 * dayMs);
    await under.restart();
    expect(await under.look()).toEqual([]);
    expect(await next(keyId)).toBeLessThanOrEqual(under.clock.now() + 90 * dayMs);
  });

  it('back is made good by the next look when the first could not read the keys', async () => {
    const keyId = await under.newKey({ rotationPeriodDays: 90 });
    under.clock.jump(3650 * dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
    under.clock.jump(-3650 * dayMs);
    vi.spyOn(under.store, 'listKeys').mockRejectedValueOnce(new Error('out of reach'));
    await expect(under.look()).rejects.toMatchObject({ reason: 'KEY_UNAVAILABLE' });
    await under.look();
    expect(await next(keyId)).toBeLessThanOrEqual(under.clock.now() + 90 * dayMs);
  });

  it('back before any look saw it does the same', async () => {
    const keyId = await under.newKey();
    under.clock.jump(3650 * dayMs);
    await enableKeyRotation({ keyId, periodDays: 90 }, plane());
    under.clock.jump(-3650 * dayMs);
    await under.look();
    expect(await next(keyId)).toBeLessThanOrEqual(under.clock.now() + 90 * dayMs);
  });
});

it('leaves every old ciphertext readable, also after a restart', async () => {
  const keyId = await under.newKey({ rotationPeriodDays: 90 });
  const made = [await encrypt(keyId, '0')];
  for (let rotation = 1; rotation <= 20; rotation++) {
    under.clock.advance(90 * dayMs);
    expect(await under.look()).toEqual(['ROTATED']);
    made.push(await encrypt(keyId, String(rotation)));
  }
  expect(await materials(keyId)).toBe(21);
  await under.restart();
  for (const [rotation, ciphertext] of made.entries()) expect(await decrypt(ciphertext)).toBe(String(rotation));
});
