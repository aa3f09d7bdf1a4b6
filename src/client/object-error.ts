/** Bytes that are no object, or no longer the object that was made. Nothing of them is to be trusted beyond what came out before. */
export class ObjectError extends Error {
  override readonly name = 'ObjectError';
  readonly reason: ObjectErrorReason;

  constructor(reason: ObjectErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * NOT_AN_OBJECT: it begins otherwise. UNKNOWN_VERSION: a later version may read it. TRUNCATED: its end is missing. DAMAGED: bytes
 * were altered, removed or added; a cut inside a chunk is this too, since a chunk says nothing about its length.
 */
export type ObjectErrorReason = 'NOT_AN_OBJECT' | 'UNKNOWN_VERSION' | 'TRUNCATED' | 'DAMAGED';
