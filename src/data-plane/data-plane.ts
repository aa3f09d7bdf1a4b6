import type { BatchCalls } from '../crypto/batch-calls.ts';
import type { CryptoCalls } from '../crypto/crypto-calls.ts';
import type { NativeKeyTable } from '../crypto/native.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { ServiceClock } from '../keyring/service-clock.ts';
import { Missing, untilLoaded } from '../keyring/missing.ts';
import type { Permission } from '../permission/permission.ts';

/** What the operations of the data plane work with. */
export interface DataPlane {
  readonly keyring: Pick<Keyring, 'directory' | 'key' | 'material' | 'materialByHandle' | 'loadMaterials'>;
  readonly calls: CryptoCalls;
  readonly batches: BatchCalls;
  readonly table: Pick<NativeKeyTable, 'verifyPageMac'>;
  readonly scope: ArnScope;
  readonly clock: Pick<ServiceClock, 'steadyNow'>;
  /** Told of every attempt to use a key whose deletion is pending, or a compromised backing key. */
  readonly refusedUse: (use: RefusedUse) => void;
}

/** An attempt that somebody should hear of. */
export interface RefusedUse {
  readonly reason: 'KEY_PENDING_DELETION' | 'KEY_MATERIAL_COMPROMISED';
  readonly keyId: KeyId;
  /** The backing key that a ciphertext named. */
  readonly keyMaterialId?: KeyMaterialId;
}

/**
 * One operation: bytes of the request in, bytes of the response out. It looks, decides and uses the key without a wait in
 * between; when something it needs is not in memory it answers `Missing` and is begun again once that is loaded.
 */
export type Operation = (call: DataPlaneCall) => Buffer | Missing;

/** Answers at once when everything is in memory, which is the common case and costs no promise. */
export function answer(operation: Operation, call: DataPlaneCall): Buffer | Promise<Buffer> {
  const response = operation(call);
  return response instanceof Missing ? untilLoaded(response, () => operation(call), call.caller.requireTime) : response;
}

export interface DataPlaneCall {
  readonly request: Buffer;
  readonly plane: DataPlane;
  readonly caller: DataPlaneCaller;
}

/** What an operation asks about the call that it works for. */
export interface DataPlaneCaller {
  readonly permission: Pick<
    Permission,
    'key' | 'onKey' | 'decideOnKey' | 'onAccount' | 'loading' | 'refuseAbsent' | 'mayWithAnyKey'
  >;
  /** Throws when nobody waits for the answer any more. */
  readonly requireTime: () => void;
  /** The largest reply that the caller takes, in bytes. Throws INVALID_REQUEST when it cannot be told. */
  readonly maxReplyBytes: () => number;
  /** Waits for the memory of a large reply; nothing to wait for when `undefined`. Rejects with THROTTLED. */
  readonly reserve: (replyBytes: number) => Promise<void> | undefined;
}
