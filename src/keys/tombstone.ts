import { KmsError } from '../errors.ts';
import type { KeyId } from './key-id.ts';

/** What stays of a destroyed key. Times are milliseconds since 1970. */
export interface Tombstone {
  readonly keyId: KeyId;
  readonly createdAt: number;
  readonly deletionRequestedAt: number;
  readonly destroyedAt: number;
  /** Backing keys that went with it; their ids stay too, without their bytes. */
  readonly materialCount: number;
}

export function keyDestroyed({ keyId, destroyedAt }: Tombstone): KmsError {
  const date = new Date(destroyedAt).toISOString();
  return new KmsError('KEY_DESTROYED', `Key ${keyId} was destroyed on ${date}; what it encrypted cannot be decrypted any more.`);
}
