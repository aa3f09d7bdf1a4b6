import { beforeEach, describe, expect, it } from 'vitest';
import { cancelKeyDeletion } from '../../src/control-plane/cancel-key-deletion.ts';
import { disableKey } from '../../src/control-plane/disable-key.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import { scheduleKeyDeletion } from '../../src/control-plane/schedule-key-deletion.ts';
import { dayMs } from '../../src/keys/days.ts';
import type { Service } from '../e2e/in-process-service.ts';
import type { StoreFaults } from '../fakes/memory-store.ts';
import { refused } from '../properties/two-keys.ts';
import { type Looked, useKeyLife } from './key-life-service.ts';

/** A look that has decided, and something else that is faster than its write. */
const life = useKeyLife();

describe('a key whose rotation is overdue', () => {
  beforeEach(() => life.clock.advance(91 * dayMs));

  it('is rotated once by two services that look at the same time', async () => {
    const { slow, fast } = await whileSlowLooks(async (other) => life.look(other));
    expect([slow.events, fast.events]).toEqual([[], ['ROTATED']]);
    expect(await materialCount()).toBe(2);
  });

  it('is not rotated once it is disabled', async () => {
    const { slow } = await whileSlowLooks(async ({ controlPlane }) => disableKey(life.keyId, controlPlane));
    expect(slow.events).toEqual([]);
    expect(await materialCount()).toBe(1);
  });

  it('is rotated once by many looks of two services', async () => {
    const other = await life.open();
    const looks = await Promise.all([life.look(), life.look(other), life.look(), life.look(other)]);
    expect(looks.flatMap(({ events }) => events)).toEqual(['ROTATED']);
    expect(await materialCount(other)).toBe(2);
    other.table.close();
  });
});

describe('a key that is to be destroyed', () => {
  beforeEach(async () => {
    await scheduleKeyDeletion({ keyId: life.keyId, windowDays: 7 }, life.service.controlPlane);
    life.clock.advance(7 * dayMs);
    await life.look();
  });

  it('is destroyed once by two services that look at the same time', async () => {
    const { slow, fast } = await whileSlowLooks(async (other) => life.look(other));
    expect([slow.events, fast.events]).toEqual([[], ['DESTROYED']]);
    const other = await life.open();
    expect((await refused(findKey({ kind: 'key', keyId: life.keyId }, other.controlPlane))).reason).toBe('KEY_DESTROYED');
    other.table.close();
  });

  it('is not destroyed once its deletion is cancelled', async () => {
    const { slow } = await whileSlowLooks(async ({ controlPlane }) => cancelKeyDeletion(life.keyId, controlPlane));
    expect(slow.events).toEqual([]);
    const { key } = await findKey({ kind: 'key', keyId: life.keyId }, life.service.controlPlane);
    expect(key).toMatchObject({ disabled: true, materialCount: 1 });
  });
});

/** A day passes. A look of a second service is held at its second write, the first being that of the time, until `act` is done. */
async function whileSlowLooks<T>(act: (service: Service) => Promise<T>): Promise<{ slow: Looked; fast: T }> {
  const faults: StoreFaults = {};
  const second = await life.open(faults);
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  life.clock.advance(dayMs);
  let commits = 0;
  faults.before = async (operation) => {
    if (operation !== 'commit' || ++commits !== 2) return;
    reached.resolve();
    await released.promise;
  };
  const looking = life.look(second);
  await Promise.race([reached.promise, looking]);
  const fast = await act(life.service);
  released.resolve();
  const slow = await looking;
  second.table.close();
  return { slow, fast };
}

async function materialCount(service: Service = life.service): Promise<number> {
  return (await findKey({ kind: 'key', keyId: life.keyId }, service.controlPlane)).key.materialCount;
}
