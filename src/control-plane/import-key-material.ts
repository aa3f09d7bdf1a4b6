import { nativeCode } from '../crypto/native.ts';
import { KmsError } from '../errors.ts';
import { type ClientToken, clientTokenLifetimeMs, parseClientToken } from '../keys/client-token.ts';
import type { KeyId } from '../keys/key-id.ts';
import { type ImportType, imported, isPermanent, requireExternal, requireLastingExpiry, summary } from '../keys/key-import.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import { requireState, stateDated } from '../keys/key-state.ts';
import type { Key } from '../keys/key.ts';
import { type KeyringChange, type MaterialChange, erased } from '../keyring/change.ts';
import type { Decision } from '../keyring/keyring.ts';
import { keyIdBytes } from '../keyring/material-table.ts';
import type { Reading } from '../keyring/reading.ts';
import type { ImportKeyRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';
import { invalidImportToken, loadImportKeyOf } from './import-key.ts';
import { type WrappedMaterial, wrappedMaterial } from './new-material.ts';

export interface ImportOrder {
  readonly keyId: KeyId;
  readonly importToken: Uint8Array;
  readonly wrapped: Uint8Array;
  /** Milliseconds since 1970; `undefined`: it does not expire. */
  readonly expiresAt: number | undefined;
  readonly importType: ImportType | undefined;
  readonly expectedKeyMaterialId: KeyMaterialId | undefined;
}

/** Unwraps material natively and gives it to the key; answers its id. Nothing is stored on any failure. */
export async function importKeyMaterial(order: ImportOrder, plane: ControlPlane): Promise<KeyMaterialId> {
  const { token, isUsed } = await plane.keyring.change(async (reading) => {
    requireImportable(await reading.key(order.keyId), order, plane);
    const opened = openToken(order, await reading.importKeys(), plane);
    const use = await reading.clientTokenUse(tokenScope(order.keyId), opened, plane.clock.steadyNow());
    return { answer: { token: opened, isUsed: use !== undefined } };
  });
  const unwrapped = await unwrap(order, isUsed, plane);
  return plane.keyring.change((reading) => decide(order, { token, unwrapped }, { reading, plane }));
}

function requireImportable(key: Key, { expiresAt }: ImportOrder, { clock }: Pick<ControlPlane, 'clock'>): void {
  requireExternal(key);
  requireState(key, 'import', clock.steadyNow());
  requireLastingExpiry(key, expiresAt, clock.steadyNow());
}

/** The token's id. Throws INVALID_IMPORT_TOKEN, EXPIRED_IMPORT_TOKEN. */
function openToken({ importToken, keyId }: ImportOrder, importKeys: readonly ImportKeyRow[], plane: ControlPlane): ClientToken {
  loadImportKeyOf(importToken, importKeys, plane);
  let opened: ReturnType<ControlPlane['table']['openImportToken']>;
  try {
    opened = plane.table.openImportToken(importToken, keyIdBytes(keyId));
  } catch (error) {
    if (nativeCode(error) !== 'IMPORT_TOKEN_REFUSED') throw error;
    throw invalidImportToken('is not one that this service made for this key, or is older than 24 hours');
  }
  if (opened.expiresAt <= plane.clock.steadyNow()) {
    throw new KmsError('EXPIRED_IMPORT_TOKEN', 'import_token is older than 24 hours; GetParametersForImport makes a new one.');
  }
  const token = parseClientToken(Buffer.from(opened.tokenId).toString('hex'));
  if (token === undefined) throw new Error('The native addon made a token id that is none.');
  return token;
}

function usedBefore(): KmsError {
  return invalidImportToken('was used before');
}

function tokenScope(keyId: KeyId): string {
  return `ImportKeyMaterial ${keyId}`;
}

/**
 * One answer for whatever does not unwrap to 32 bytes, so that nothing is learnt from which way it failed; and for a used token
 * another, whatever comes with it, so that it is good for no further try.
 */
async function unwrap(
  { importToken, keyId, wrapped }: ImportOrder,
  isUsed: boolean,
  plane: ControlPlane,
): Promise<WrappedMaterial> {
  try {
    const order = { token: importToken, keyId: keyIdBytes(keyId), wrapped };
    return wrappedMaterial(
      await plane.table.unwrapImport({ ...order, domainKeyId: plane.domainKeyId, keySpec: 'SYMMETRIC_DEFAULT' }),
    );
  } catch (error) {
    const code = nativeCode(error);
    if (code === 'IMPORT_UNWRAP_FAILED') throw isUsed ? usedBefore() : doesNotUnwrap();
    if (code === 'IMPORT_TOKEN_REFUSED') throw invalidImportToken('has come to its end');
    if (code === 'IMPORT_BUSY') throw new KmsError('LIMIT_EXCEEDED', 'Too many imports are going on at once; repeat the call.');
    throw error;
  }
}

function doesNotUnwrap(): KmsError {
  return new KmsError(
    'INVALID_CIPHERTEXT',
    'encrypted_key_material does not unwrap to 32 bytes: wrap the raw material with this public key and its wrapping algorithm.',
  );
}

async function decide(order: ImportOrder, { token, unwrapped }: Opened, at: Place): Promise<Decision<KeyMaterialId>> {
  const { reading, plane } = at;
  const { keyId } = order;
  const { keyMaterialId } = unwrapped;
  const key = await reading.key(keyId);
  requireImportable(key, order, plane);
  const entries = await reading.materials(keyId);
  const scope = tokenScope(keyId);
  const steadyNow = Math.floor(plane.clock.steadyNow());

  if (order.expectedKeyMaterialId !== undefined && order.expectedKeyMaterialId !== keyMaterialId) {
    throw new KmsError(
      'INCORRECT_KEY_MATERIAL',
      `The material's id is ${keyMaterialId}, not the expected one; import the expected bytes, or leave key_material_id out.`,
    );
  }
  const parameters = JSON.stringify([order.expiresAt ?? null]);
  const use = await reading.clientTokenUse(scope, token, steadyNow);
  if (use !== undefined) {
    const first = entries.find(({ material }) => material.keyMaterialId === use.keyMaterialId);
    const isSame = use.keyMaterialId === keyMaterialId && use.parameters === parameters;
    if (isSame && first?.material.imported?.present === true) return { answer: keyMaterialId };
    throw usedBefore();
  }
  const insertClientTokenUse = {
    scope,
    token,
    parameters,
    expiresAt: steadyNow + clientTokenLifetimeMs,
    keyId,
    keyMaterialId,
  };
  return { change: { ...importChange(key, entries, { order, unwrapped }, plane), insertClientTokenUse }, answer: keyMaterialId };
}

function importChange(
  key: Key,
  entries: readonly MaterialChange[],
  { order, unwrapped }: { order: ImportOrder; unwrapped: WrappedMaterial },
  { clock }: Pick<ControlPlane, 'clock'>,
): KeyringChange {
  const { keyMaterialId, storedKey } = unwrapped;
  const now = clock.now();
  const before = entries.map(({ material }) => material);
  const { expiresAt, importType } = order;
  const material = imported(key, before, { keyMaterialId, expiresAt, importType, createdAt: now, now: clock.steadyNow() });

  const isNew = !before.some((other) => other.keyMaterialId === keyMaterialId);
  const others = entries.filter((entry) => entry.material.keyMaterialId !== keyMaterialId);
  // Only what has expired gets this far: another import that is pending rotation is refused.
  const isReplaced = (entry: MaterialChange) => !isPermanent(material) && isPending(entry);
  const replaced = others.filter(isReplaced).map(erased);
  const kept = others.filter((entry) => !isReplaced(entry));
  const currentKeyMaterialId = key.currentKeyMaterialId ?? keyMaterialId;
  const updateKey: Key = {
    ...key,
    imported: summary([...[...kept, ...replaced].map((entry) => entry.material), material], { ...key, currentKeyMaterialId }),
    materialCount: isNew ? key.materialCount + 1 : key.materialCount,
    currentKeyMaterialId,
  };
  const change = { material, storedKey };
  return {
    updateKey: stateDated(key, updateKey, now),
    ...(isNew ? { insertMaterial: change, updateMaterials: replaced } : { updateMaterials: [...replaced, change] }),
  };
}

function isPending({ material }: MaterialChange): boolean {
  return !isPermanent(material) && material.imported?.present === true;
}

interface Opened {
  /** The import token's id: one token, one import. */
  readonly token: ClientToken;
  readonly unwrapped: WrappedMaterial;
}

interface Place {
  readonly reading: Reading;
  readonly plane: ControlPlane;
}
