import type { CryptoCalls } from '../crypto/crypto-calls.ts';
import { KmsError } from '../errors.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { Missing } from '../keyring/missing.ts';

/** What the operations of the data plane work with. */
export interface DataPlane {
  readonly keyring: Pick<Keyring, 'key' | 'material' | 'materialByHandle'>;
  readonly calls: CryptoCalls;
  readonly scope: ArnScope;
}

/** What a call is allowed to take. */
export interface Caller {
  /** Throws when nobody waits for the answer any more. */
  requireTime(): void;
}

/**
 * One operation: bytes of the request in, bytes of the response out. It looks, decides and uses the key without a wait in
 * between; when something it needs is not in memory it answers `Missing` and is begun again once that is loaded.
 */
export type Operation = (request: Buffer, plane: DataPlane) => Buffer | Missing;

/** Answers at once when everything is in memory, which is the common case and costs no promise. */
export function answer(operation: Operation, { request, plane, caller }: DataPlaneCall): Buffer | Promise<Buffer> {
  const response = operation(request, plane);
  return response instanceof Missing ? answerAfterLoading(response, () => operation(request, plane), caller) : response;
}

export interface DataPlaneCall {
  readonly request: Buffer;
  readonly plane: DataPlane;
  readonly caller: Caller;
}

async function answerAfterLoading(missing: Missing, operation: () => Buffer | Missing, caller: Caller): Promise<Buffer> {
  let next = missing;
  for (let loads = 0; loads < maxLoads; loads++) {
    await next.load();
    caller.requireTime();
    const response = operation();
    if (!(response instanceof Missing)) return response;
    next = response;
  }
  throw new KmsError('KEY_UNAVAILABLE', 'More keys are in use at once than memory holds; repeat the call.');
}

/** An operation needs at most two aliases, two keys and two backing keys; more loads mean that others push them out. */
const maxLoads = 12;
