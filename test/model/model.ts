import type { ErrorReason } from '../../src/generated/error-reasons.ts';
import { ModelTime } from './model-time.ts';

/**
 * The life of keys as the domain's rules have it, without bytes, stores or instances: what a call is refused with, and what it
 * changes. It knows nothing of how the service does it. Every call answers a reason, or `undefined` when it succeeds.
 */
export class Model {
  readonly time: ModelTime;
  readonly keys: ModelKey[] = [];
  /** Alias name → index of the key. */
  readonly aliases = new Map<string, number>();
  readonly ciphertexts: { readonly key: ModelKey; readonly material: ModelMaterial }[] = [];

  constructor(wall: number) {
    this.time = new ModelTime(wall);
    this.time.start();
  }

  state(key: ModelKey): ModelState {
    if (key.deletion !== undefined) return 'PENDING_DELETION';
    if (!key.materials.some(isPermanent) || key.materials.some((material) => isPermanent(material) && !this.isUsable(material)))
      return 'PENDING_IMPORT';
    return key.disabled ? 'DISABLED' : 'ENABLED';
  }

  /** Whether the bytes are there and have not expired, by the time that never goes back. */
  isUsable({ isHere, expiresAt }: ModelMaterial): boolean {
    return isHere && (expiresAt ?? Infinity) > this.time.steady;
  }

  create(order: { external: boolean; rotationDays: number | undefined; isProtected: boolean }): Answer {
    const { external, rotationDays, isProtected } = order;
    if (external && rotationDays !== undefined) return 'UNSUPPORTED_OPERATION';
    const key: ModelKey = { external, isProtected, disabled: false, destroyed: false, materials: [], tags: new Map() };
    if (rotationDays !== undefined) key.rotation = { days: rotationDays, from: this.time.wall };
    if (!external) makeCurrent(key, newMaterial());
    this.keys.push(key);
  }

  rotate(key: ModelKey): Answer {
    const refusal = this.#refuse(key, { P: true, I: true, D: true });
    if (refusal !== undefined) return refusal;
    const pending = pendingOf(key);
    if (!key.external) {
      makeCurrent(key, newMaterial());
      return;
    }
    if (pending === undefined || !this.isUsable(pending)) return 'INVALID_STATE';
    pending.wasCurrent = true;
    key.current = pending;
  }

  setRotation(key: ModelKey, days: number | undefined): Answer {
    if (!key.destroyed && key.external) return 'UNSUPPORTED_OPERATION';
    const refusal = this.#refuse(key, { P: true, I: true, D: true });
    if (refusal !== undefined) return refusal;
    if (days === undefined) delete key.rotation;
    else key.rotation = { days, from: this.time.wall };
  }

  enable(key: ModelKey): Answer {
    const refusal = this.#refuse(key, { P: true, I: true });
    if (refusal !== undefined) return refusal;
    if (key.disabled) this.#rotateIfOverdue(key);
    key.disabled = false;
  }

  disable(key: ModelKey): Answer {
    const refusal = this.#refuse(key, { P: true, I: true });
    if (refusal === undefined) key.disabled = true;
    return refusal;
  }

  scheduleDeletion(key: ModelKey, days: number): Answer {
    const refusal = this.#refuse(key, { P: true });
    if (refusal !== undefined) return refusal;
    if (key.isProtected) return 'DELETION_PROTECTED';
    // A clock that is behind does not make the waiting period shorter.
    key.deletion = { date: this.time.steady + days * dayMs };
  }

  cancelDeletion(key: ModelKey): Answer {
    if (key.destroyed) return 'KEY_DESTROYED';
    if (key.deletion === undefined) return 'INVALID_STATE';
    delete key.deletion;
    key.disabled = true;
    this.#rotateIfOverdue(key);
  }

  protect(key: ModelKey, isProtected: boolean): Answer {
    const refusal = this.#refuse(key, { P: true });
    if (refusal === undefined) key.isProtected = isProtected;
    return refusal;
  }

  tag(key: ModelKey, name: string, value: string | undefined): Answer {
    const refusal = this.#refuse(key, { P: true });
    if (refusal !== undefined) return refusal;
    if (value === undefined) key.tags.delete(name);
    else key.tags.set(name, value);
  }

  import(key: ModelKey, order: { bytes: number; expiresAt: number | undefined; asNew: boolean }): Answer {
    const { bytes, expiresAt, asNew } = order;
    if (!key.destroyed && !key.external) return 'UNSUPPORTED_OPERATION';
    const refusal = this.#refuse(key, { P: true });
    if (refusal !== undefined) return refusal;
    if (key.isProtected && (expiresAt ?? Infinity) - this.time.steady < 7 * dayMs) return 'DELETION_PROTECTED';

    const known = key.materials.find((material) => material.bytes === bytes);
    if (known === undefined ? key.materials.length > 0 && !asNew : asNew) return 'INCORRECT_KEY_MATERIAL';
    const material = known ?? newMaterial(bytes);
    const pending = isPermanent(material) || key.materials.length === 0 ? undefined : pendingOf(key);
    if (pending !== undefined && pending !== material) {
      if (this.isUsable(pending)) return 'INVALID_STATE';
      forget(key, pending);
    }
    if (key.materials.length === 0) makeCurrent(key, material);
    else if (known === undefined) key.materials.push(material);
    material.isHere = true;
    key.expired?.materials.delete(material);
    if (expiresAt === undefined) delete material.expiresAt;
    else material.expiresAt = expiresAt;
  }

  deleteMaterial(key: ModelKey, material: ModelMaterial | undefined): Answer {
    if (!key.destroyed && !key.external) return 'UNSUPPORTED_OPERATION';
    const refusal = this.#refuse(key, {});
    if (refusal !== undefined) return refusal;
    if (key.isProtected) return 'DELETION_PROTECTED';
    if (material !== undefined) forget(key, material);
  }

  compromise(key: ModelKey, material: ModelMaterial, compromised: boolean): Answer {
    const refusal = this.#refuse(key, { P: true });
    if (refusal !== undefined) return refusal;
    if (material === key.current || !isPermanent(material)) return 'INVALID_STATE';
    material.compromised = compromised;
  }

  createAlias(name: string, target: number): Answer {
    const refusal = this.#refuse(this.keys[target]!, { P: true });
    if (refusal !== undefined) return refusal;
    if (this.aliases.has(name)) return 'ALREADY_EXISTS';
    this.aliases.set(name, target);
  }

  updateAlias(name: string, target: number): Answer {
    if (!this.aliases.has(name)) return 'ALIAS_NOT_FOUND';
    const refusal = this.#refuse(this.keys[target]!, { P: true });
    if (refusal === undefined) this.aliases.set(name, target);
    return refusal;
  }

  deleteAlias(name: string): Answer {
    return this.aliases.delete(name) ? undefined : 'ALIAS_NOT_FOUND';
  }

  encrypt(key: ModelKey): Answer {
    const refusal = this.refusesEncrypt(key);
    if (refusal === undefined) this.ciphertexts.push({ key, material: key.current! });
    return refusal;
  }

  refusesEncrypt(key: ModelKey): Answer {
    return this.#refuse(key, { P: true, I: true, D: true });
  }

  refusesDecrypt(index: number): Answer {
    const { key, material } = this.ciphertexts[index]!;
    return this.refusesEncrypt(key) ?? (material.compromised ? 'KEY_MATERIAL_COMPROMISED' : undefined);
  }

  reEncrypt(index: number, to: ModelKey): Answer {
    return this.refusesDecrypt(index) ?? this.encrypt(to);
  }

  /** What was due at every look while the service ran for the grace goes; what is due for rotation is rotated, once. */
  look(): void {
    this.time.keep();
    for (const key of this.keys.filter(({ destroyed }) => !destroyed)) {
      this.#destroyExpired(key);
      if (key.deletion !== undefined && this.#isOver(key.deletion, key.deletion.date)) this.#destroyKey(key);
      this.#countFromNow(key);
      if (!key.destroyed && this.state(key) === 'ENABLED') this.#rotateIfOverdue(key);
    }
  }

  /** Whether something that is due from a date on has been so, by the wall clock, at every look for the whole grace. */
  #isOver(due: { dueAfter?: number }, date: number | undefined): boolean {
    const { wall, runningMs } = this.time;
    if (date === undefined || date > wall) delete due.dueAfter;
    else due.dueAfter ??= runningMs;
    return due.dueAfter !== undefined && runningMs - due.dueAfter >= dayMs;
  }

  /** Whatever the clock did, the next date is at most one period ahead of a look. */
  #countFromNow({ rotation }: ModelKey): void {
    if (rotation !== undefined) rotation.from = Math.min(rotation.from, this.time.wall);
  }

  /** The grace is the key's: at its end goes what had expired at every look in it, and then another may begin. */
  #destroyExpired(key: ModelKey): void {
    const { wall, runningMs } = this.time;
    const expired = key.materials.filter(({ isHere, expiresAt }) => isHere && expiresAt !== undefined && expiresAt <= wall);
    const still = expired.filter((material) => key.expired?.materials.has(material));
    if (expired.length === 0) delete key.expired;
    else if (key.expired === undefined || still.length === 0) key.expired = { after: runningMs, materials: new Set(expired) };
    else key.expired.materials = new Set(still);
    if (key.expired === undefined || runningMs - key.expired.after < dayMs) return;
    key.expired.materials.forEach(destroy);
    delete key.expired;
  }

  #destroyKey(key: ModelKey): void {
    key.destroyed = true;
    key.materials.forEach(destroy);
    for (const [name, target] of this.aliases) if (this.keys[target] === key) this.aliases.delete(name);
  }

  #rotateIfOverdue(key: ModelKey): void {
    const { rotation } = key;
    if (rotation === undefined || rotation.from + rotation.days * dayMs > this.time.wall) return;
    rotation.from = this.time.wall;
    makeCurrent(key, newMaterial());
  }

  /** By the table of states: which of the three refuse. */
  #refuse(key: ModelKey, refuses: { P?: true; I?: true; D?: true }): Answer {
    if (key.destroyed) return 'KEY_DESTROYED';
    const state = this.state(key);
    if (state === 'PENDING_DELETION' && refuses.P) return 'KEY_PENDING_DELETION';
    if (state === 'PENDING_IMPORT' && refuses.I) return 'KEY_PENDING_IMPORT';
    return state === 'DISABLED' && refuses.D ? 'KEY_DISABLED' : undefined;
  }
}

export type Answer = ErrorReason | undefined | void;
export type ModelState = 'ENABLED' | 'DISABLED' | 'PENDING_DELETION' | 'PENDING_IMPORT';

export interface ModelKey {
  readonly external: boolean;
  /** In the order in which they were made. */
  readonly materials: ModelMaterial[];
  readonly tags: Map<string, string>;
  current?: ModelMaterial;
  disabled: boolean;
  destroyed: boolean;
  isProtected: boolean;
  deletion?: { readonly date: number; dueAfter?: number };
  rotation?: { readonly days: number; from: number };
  /** How long the service had run when the key's first material was seen to have expired, and what has been so ever since. */
  expired?: { readonly after: number; materials: Set<ModelMaterial> };
}

export interface ModelMaterial {
  /** Which bytes were imported. */
  readonly bytes: number | undefined;
  isHere: boolean;
  wasCurrent: boolean;
  compromised: boolean;
  expiresAt?: number;
}

export function isPermanent({ wasCurrent }: ModelMaterial): boolean {
  return wasCurrent;
}

export function pendingOf({ materials }: ModelKey): ModelMaterial | undefined {
  return materials.find((material) => material.isHere && !isPermanent(material));
}

function newMaterial(bytes?: number): ModelMaterial {
  return { bytes, isHere: true, wasCurrent: false, compromised: false };
}

function makeCurrent(key: ModelKey, material: ModelMaterial): void {
  key.materials.push(material);
  key.current = material;
  material.wasCurrent = true;
}

/** Destroys by a call, whatever else has expired. */
function forget(key: ModelKey, material: ModelMaterial): void {
  destroy(material);
  key.expired?.materials.delete(material);
}

function destroy(material: ModelMaterial): void {
  material.isHere = false;
  delete material.expiresAt;
}

export const dayMs = 86_400_000;
