import { KmsError } from '../errors.ts';
import { dayMs } from './days.ts';
import type { KeyMaterialId } from './key-material-id.ts';
import type { KeyMaterial } from './key-material.ts';
import type { ImportedMaterial, Key } from './key.ts';

/** In the recommended order. */
export const wrappingAlgorithms = [
  'RSA_AES_KEY_WRAP_SHA_256',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSAES_OAEP_SHA_1',
] as const;
export type WrappingAlgorithm = (typeof wrappingAlgorithms)[number];

export const wrappingKeySpecs = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const;
export type WrappingKeySpec = (typeof wrappingKeySpecs)[number];

export const expirationModels = ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'] as const;

export const importTypes = ['EXISTING_KEY_MATERIAL', 'NEW_KEY_MATERIAL'] as const;
export type ImportType = (typeof importTypes)[number];

export const importTokenLifetimeMs = dayMs;
/** The key that seals tokens is destroyed then, so that their end is a matter of cryptography. */
export const importKeyLifetimeMs = 2 * dayMs;
export const maxExpiryDays = 365;

/** Errors of origin come before errors of state. Throws UNSUPPORTED_OPERATION. */
export function requireExternal(key: Pick<Key, 'origin' | 'keyId'>): void {
  if (key.origin === 'EXTERNAL') return;
  throw new KmsError(
    'UNSUPPORTED_OPERATION',
    `Key ${key.keyId} has material of this service; only keys of origin EXTERNAL take imports; CreateKey makes one.`,
  );
}

/** Throws DELETION_PROTECTED for an expiry that would soon undo the protection. */
export function requireLastingExpiry(key: Key, expiresAt: number | undefined, now: number): void {
  if (key.deletionProtected !== true || expiresAt === undefined || expiresAt - now >= protectedExpiryMs) return;
  throw new KmsError(
    'DELETION_PROTECTED',
    `Key ${key.keyId} is protected: material that expires within 7 days is refused; give a later valid_to, or lift the protection with SetDeletionProtection.`,
  );
}

/** What unwrapped, and how the caller described it. */
export interface Imported {
  readonly keyMaterialId: KeyMaterialId;
  readonly expiresAt: number | undefined;
  readonly importType: ImportType | undefined;
  /** The date for material that is new. */
  readonly createdAt: number;
  /** The time by which other material has expired. */
  readonly now: number;
}

/**
 * The material as an import leaves it: the same bytes again for one that the key has, its first, or a new one that then is
 * pending rotation. Throws INCORRECT_KEY_MATERIAL, INVALID_STATE.
 */
export function imported(key: Key, materials: readonly KeyMaterial[], order: Imported): KeyMaterial {
  const { keyMaterialId, expiresAt, importType } = order;
  const bytes = { present: true, ...(expiresAt === undefined ? {} : { expiresAt }) };
  const known = materials.find((material) => material.keyMaterialId === keyMaterialId);
  if (known !== undefined && importType === 'NEW_KEY_MATERIAL') {
    throw incorrectMaterial(`Key ${key.keyId} has had this material before; import it as EXISTING_KEY_MATERIAL.`);
  }
  if (known === undefined && materials.length > 0 && importType !== 'NEW_KEY_MATERIAL') {
    throw incorrectMaterial(
      `The bytes are not material that key ${key.keyId} has had (their id would be ${keyMaterialId}); import the same bytes again, ` +
        'or new ones as NEW_KEY_MATERIAL.',
    );
  }
  const material = known ?? {
    keyMaterialId,
    keyId: key.keyId,
    keySpec: key.keySpec,
    sequence: key.materialCount + 1,
    createdAt: order.createdAt,
  };
  if (!isPermanent(material)) requireNoOtherPending(key, material, order.now);
  return { ...material, imported: bytes };
}

/** Whether the key is usable only while this material's bytes are there: its first, and all that were ever current. */
export function isPermanent({ sequence, rotation }: Pick<KeyMaterial, 'sequence' | 'rotation'>): boolean {
  return sequence === 1 || rotation !== undefined;
}

/** What its materials say about an imported key. */
export function summary(materials: readonly KeyMaterial[], key: Pick<Key, 'currentKeyMaterialId' | 'imported'>): ImportedMaterial {
  const current = materials.find(({ keyMaterialId }) => keyMaterialId === key.currentKeyMaterialId)?.imported;
  const expiries = (of: readonly KeyMaterial[]) => of.flatMap((material) => material.imported?.expiresAt ?? []);
  const isPresent = (material: KeyMaterial) => material.imported?.present === true;
  const permanent = materials.filter(isPermanent);
  const pending = materials.filter((material) => !isPermanent(material) && isPresent(material));
  const first = Math.min(...expiries(permanent.filter(isPresent)));
  const due = key.imported?.due;
  const goesOn = due !== undefined && Math.min(first, ...expiries(pending)) <= due.at;
  return {
    ...(goesOn ? { due } : {}),
    missing: permanent.filter((material) => !isPresent(material)).length,
    ...(first === Infinity ? {} : { expiresAt: first }),
    ...pending.map(({ keyMaterialId }) => ({ pendingRotationId: keyMaterialId }))[0],
    ...expiries(pending).map((pendingExpiresAt) => ({ pendingExpiresAt }))[0],
    ...(current === undefined ? {} : { current }),
  };
}

/** The material without its bytes; the same bytes can be imported again. */
export function withoutBytes(material: KeyMaterial): KeyMaterial {
  return { ...material, imported: { present: false } };
}

/** The material that a rotation of an imported key makes the current one. Throws INVALID_STATE. */
export function pendingRotation(key: Key, materials: readonly KeyMaterial[], now: number): KeyMaterial {
  const pending = materials.find(({ keyMaterialId }) => keyMaterialId === key.imported?.pendingRotationId);
  if (pending?.imported?.present === true && (pending.imported.expiresAt ?? Infinity) > now) return pending;
  throw new KmsError(
    'INVALID_STATE',
    `Key ${key.keyId} has no imported material that is pending rotation; ImportKeyMaterial brings it, as NEW_KEY_MATERIAL.`,
  );
}

function requireNoOtherPending(key: Key, { keyMaterialId }: KeyMaterial, now: number): void {
  const pending = key.imported?.pendingRotationId;
  if (pending === undefined || pending === keyMaterialId || (key.imported?.pendingExpiresAt ?? Infinity) <= now) return;
  throw new KmsError(
    'INVALID_STATE',
    `Material ${pending} of key ${key.keyId} is pending rotation already; RotateKeyOnDemand makes it the current one first.`,
  );
}

function incorrectMaterial(message: string): KmsError {
  return new KmsError('INCORRECT_KEY_MATERIAL', message);
}

/** With deletion protection, material that expires sooner than this may not be imported. */
const protectedExpiryMs = 7 * dayMs;
