import { KmsError } from '../errors.ts';
import { dayMs } from './days.ts';
import type { KeyMaterialId } from './key-material-id.ts';
import type { KeyMaterial, RotationType } from './key-material.ts';
import { keyState } from './key-state.ts';
import type { Key } from './key.ts';

/** Automatic rotation that is turned on. */
export interface RotationSchedule {
  readonly periodDays: number;
  /** What the next date is counted from: when it was turned on, or the last automatic rotation. */
  readonly countedFrom: number;
}

/** Limits and default of a period, in days. */
export const rotationPeriod = { least: 90, greatest: 2560, default: 365 } as const;

/** Errors of origin come before errors of state. Throws UNSUPPORTED_OPERATION. */
export function requireRotatable(key: Pick<Key, 'origin' | 'keyId'>): void {
  if (key.origin !== 'EXTERNAL') return;
  throw new KmsError(
    'UNSUPPORTED_OPERATION',
    `Key ${key.keyId} has imported material and cannot be rotated automatically; import new material, then RotateKeyOnDemand.`,
  );
}

/** Turning it on anew, with whatever period, begins a new period. */
export function scheduled(key: Key, periodDays: number, now: number): Key {
  return { ...key, rotation: { periodDays, countedFrom: now } };
}

export function unscheduled({ rotation: _, ...key }: Key): Key {
  return key;
}

/** `undefined` when the key is not rotated automatically. */
export function nextRotationAt({ rotation }: Key): number | undefined {
  return rotation && rotation.countedFrom + rotation.periodDays * dayMs;
}

/** Whether the key's date has passed, whatever its state. */
export function isRotationOverdue(key: Key, now: number): boolean {
  const next = nextRotationAt(key);
  return next !== undefined && next <= now;
}

/** Whether the key is to be rotated now. */
export function isRotationDue(key: Key, now: number): boolean {
  return keyState(key, now) === 'ENABLED' && isRotationOverdue(key, now);
}

/**
 * A clock that ran ahead once and was set back would leave the next date ahead by as much. Counted from now, the key is
 * rotated one period from now at the latest.
 */
export function countedFromNow(key: Key, now: number): Key {
  const { rotation } = key;
  return rotation === undefined || rotation.countedFrom <= now ? key : { ...key, rotation: { ...rotation, countedFrom: now } };
}

/** The key and its new backing key after a rotation; older backing keys stay as they are, to decrypt. */
export function rotated(
  key: Key,
  keyMaterialId: KeyMaterialId,
  type: RotationType,
  now: number,
): { readonly key: Key; readonly material: KeyMaterial } {
  const sequence = key.materialCount + 1;
  return {
    key: { ...afterRotation(key, type, now), currentKeyMaterialId: keyMaterialId, materialCount: sequence },
    material: {
      keyMaterialId,
      keyId: key.keyId,
      keySpec: key.keySpec,
      sequence,
      createdAt: now,
      rotation: { type, rotatedAt: now },
    },
  };
}

/** What a rotation changes about a key besides its current backing key. One on demand does not move the schedule. */
export function afterRotation(key: Key, type: RotationType, now: number): Key {
  const counted = { ...key, lastRotatedAt: now };
  if (type === 'ON_DEMAND') return { ...counted, onDemandRotations: (key.onDemandRotations ?? 0) + 1 };
  return key.rotation === undefined ? counted : { ...counted, rotation: { ...key.rotation, countedFrom: now } };
}

/** Throws CONFLICT when the caller decided on the grounds of another backing key. */
export function requireCurrentMaterial(key: Key, expected: KeyMaterialId | undefined): void {
  if (expected === undefined || expected === key.currentKeyMaterialId) return;
  throw new KmsError(
    'CONFLICT',
    `The current backing key of ${key.keyId} is ${key.currentKeyMaterialId ?? 'none'}, not the expected ${expected}: it was rotated in between; DescribeKey shows the current one.`,
  );
}

/** Throws LIMIT_EXCEEDED when the service limits rotations on demand and this key has had them all. */
export function requireRotationsLeft(key: Key, greatest: number): void {
  if ((key.onDemandRotations ?? 0) < greatest) return;
  throw new KmsError(
    'LIMIT_EXCEEDED',
    `Key ${key.keyId} was rotated on demand ${greatest} times, the most that this service allows; LATCHKEY_MAX_ON_DEMAND_ROTATIONS raises it, or rotate by alias.`,
  );
}
