import { KmsError } from '../errors.ts';

/**
 * What the store has is not as this service wrote it, and stays so until somebody mends it. Every other KEY_UNAVAILABLE passes. Only
 * of this may a caller who may do the same with everything be told that there is something, and only around this do lists go on.
 */
export class RefusedRecord extends KmsError {
  constructor(message: string) {
    super('KEY_UNAVAILABLE', message);
  }
}
