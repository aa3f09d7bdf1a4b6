import { KmsError } from '../errors.ts';

/** The same text for every way in which what a caller presents is not enough, so that nothing is learnt from which way it was. The cause is for the log. */
export function unauthenticated(cause?: unknown): KmsError {
  return new KmsError(
    'UNAUTHENTICATED',
    'What the call presents as authorization does not identify anybody: it is malformed, unknown, expired, revoked, or meant for somebody else.',
    cause === undefined ? {} : { cause },
  );
}

/** As the cause: the keys of an issuer cannot be had, so that nobody knows whether the token would do. */
export class IssuerWithoutKeys extends Error {
  override readonly name = 'IssuerWithoutKeys';
}

/** Whether it is the caller who failed, and not the store or an issuer. */
export function isCallersFailure(error: unknown): boolean {
  return error instanceof KmsError && error.reason === 'UNAUTHENTICATED' && !(error.cause instanceof IssuerWithoutKeys);
}
