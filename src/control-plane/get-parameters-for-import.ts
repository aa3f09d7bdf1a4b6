import { importWrappingAlgorithms, nativeCode } from '../crypto/native.ts';
import { KmsError } from '../errors.ts';
import type { KeyId } from '../keys/key-id.ts';
import { type WrappingAlgorithm, type WrappingKeySpec, importTokenLifetimeMs, requireExternal } from '../keys/key-import.ts';
import { requireState } from '../keys/key-state.ts';
import { keyIdBytes } from '../keyring/material-table.ts';
import type { ControlPlane } from './control-plane.ts';
import { currentImportKey } from './import-key.ts';

export interface ImportParameters {
  readonly token: Uint8Array;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Makes an RSA key pair, and a token that holds its private half. Throws UNSUPPORTED_OPERATION, LIMIT_EXCEEDED. */
export async function getParametersForImport(
  order: { keyId: KeyId; wrappingAlgorithm: WrappingAlgorithm; wrappingKeySpec: WrappingKeySpec },
  plane: ControlPlane,
): Promise<ImportParameters> {
  const { keyId } = order;
  await plane.keyring.change(async (reading) => {
    const key = await reading.key(keyId);
    requireExternal(key);
    requireState(key, 'import', plane.clock.steadyNow());
    return { answer: undefined };
  });
  const importKeyId = await currentImportKey(plane);
  const expiresAt = Math.floor(plane.clock.steadyNow()) + importTokenLifetimeMs;
  try {
    const { token, publicKey } = await plane.table.createImportToken({
      importKeyId,
      keyId: keyIdBytes(keyId),
      wrappingAlgorithm: importWrappingAlgorithms.indexOf(order.wrappingAlgorithm) + 1,
      wrappingKeyBits: wrappingKeyBits[order.wrappingKeySpec],
      expiresAt,
    });
    return { token, publicKey, expiresAt };
  } catch (error) {
    if (nativeCode(error) !== 'IMPORT_BUSY') throw error;
    throw new KmsError('LIMIT_EXCEEDED', 'Too many pairs for imports are being made at once; repeat the call.');
  }
}

const wrappingKeyBits = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const satisfies Record<WrappingKeySpec, number>;
