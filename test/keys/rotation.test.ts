import { describe, expect, it } from 'vitest';
import {
  afterRotation,
  countedFromNow,
  isRotationDue,
  isRotationOverdue,
  nextRotationAt,
  requireCurrentMaterial,
  requireRotatable,
  requireRotationsLeft,
  rotated,
  scheduled,
  unscheduled,
} from '../../src/keys/rotation.ts';
import { exampleKey, importedKey, materialId, refusal } from './example-key.ts';

const day = 86_400_000;
const newest = materialId('b');
const yearly = exampleKey({ rotation: { periodDays: 365, countedFrom: 1000 } });

describe('the schedule of rotations', () => {
  it('counts a period from when it was turned on, whatever was there before', () => {
    expect(scheduled(yearly, 90, 5000).rotation).toEqual({ periodDays: 90, countedFrom: 5000 });
    expect(nextRotationAt(scheduled(exampleKey(), 90, 5000))).toBe(5000 + 90 * day);
  });

  it('is gone when it was turned off', () => {
    expect(unscheduled(yearly)).toEqual(exampleKey());
    expect(nextRotationAt(exampleKey())).toBeUndefined();
  });

  it.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('is due %d ms after its date: %s', (after, due) => {
    const now = 1000 + 365 * day + after;
    expect(isRotationDue(yearly, now)).toBe(due);
    expect(isRotationOverdue(yearly, now)).toBe(due);
  });

  it('rests while the key is not enabled, and says that it is overdue', () => {
    const late = 1000 + 366 * day;
    for (const key of [
      { ...yearly, disabled: true },
      { ...yearly, deletion: { requestedAt: 1, date: 2 } },
    ]) {
      expect(isRotationDue(key, late)).toBe(false);
      expect(isRotationOverdue(key, late)).toBe(true);
    }
    expect([isRotationDue(exampleKey(), late), isRotationOverdue(exampleKey(), late)]).toEqual([false, false]);
  });

  it('is counted from now after a clock was set back, and else stays', () => {
    expect(countedFromNow(yearly, 999).rotation).toEqual({ periodDays: 365, countedFrom: 999 });
    expect(countedFromNow(yearly, 1000)).toBe(yearly);
    expect(countedFromNow(yearly, 5000)).toBe(yearly);
    expect(countedFromNow(exampleKey(), 0)).toEqual(exampleKey());
  });

  it('is not for keys of imported material', () => {
    expect(() => requireRotatable(importedKey())).toThrow(refusal('UNSUPPORTED_OPERATION'));
    expect(() => requireRotatable(exampleKey())).not.toThrow();
  });
});

describe('a rotation', () => {
  it('makes the new backing key the current one and counts on', () => {
    const { key, material } = rotated(exampleKey({ materialCount: 7 }), newest, 'ON_DEMAND', 5);
    expect(key).toEqual(exampleKey({ materialCount: 8, currentKeyMaterialId: newest, lastRotatedAt: 5, onDemandRotations: 1 }));
    expect(material).toEqual({
      keyMaterialId: newest,
      keyId: key.keyId,
      keySpec: 'SYMMETRIC_DEFAULT',
      sequence: 8,
      createdAt: 5,
      rotation: { type: 'ON_DEMAND', rotatedAt: 5 },
    });
  });

  it('on demand is counted and does not move the schedule', () => {
    expect(afterRotation({ ...yearly, onDemandRotations: 2 }, 'ON_DEMAND', 9)).toEqual({
      ...yearly,
      onDemandRotations: 3,
      lastRotatedAt: 9,
    });
  });

  it('of the schedule begins a new period and is not counted', () => {
    const { key, material } = rotated(yearly, newest, 'AUTOMATIC', 9);
    expect(key.rotation).toEqual({ periodDays: 365, countedFrom: 9 });
    expect([key.onDemandRotations, key.lastRotatedAt, material.rotation]).toEqual([
      undefined,
      9,
      { type: 'AUTOMATIC', rotatedAt: 9 },
    ]);
    expect(afterRotation(exampleKey(), 'AUTOMATIC', 9)).toEqual(exampleKey({ lastRotatedAt: 9 }));
  });

  it('is refused when the caller expected another backing key', () => {
    const key = exampleKey();
    expect(() => requireCurrentMaterial(key, undefined)).not.toThrow();
    expect(() => requireCurrentMaterial(key, key.currentKeyMaterialId)).not.toThrow();
    expect(() => requireCurrentMaterial(key, newest)).toThrow(refusal('CONFLICT'));
    expect(() => requireCurrentMaterial(importedKey(), newest)).toThrow(/is none, not/);
  });

  it('on demand is refused when the key had as many as the service allows', () => {
    expect(() => requireRotationsLeft(exampleKey({ onDemandRotations: 9 }), 10)).not.toThrow();
    expect(() => requireRotationsLeft(exampleKey(), 1)).not.toThrow();
    expect(() => requireRotationsLeft(exampleKey({ onDemandRotations: 10 }), 10)).toThrow(refusal('LIMIT_EXCEEDED'));
  });
});
