import type { ErrorReason } from './generated/error-reasons.ts';

/** What a caller can act on. Anything else that is thrown is a bug or an outage and reaches the caller as INTERNAL. */
export class KmsError extends Error {
  override readonly name = 'KmsError';
  readonly reason: ErrorReason;
  readonly fieldViolations: readonly FieldViolation[];
  /** With THROTTLED: when to try again. */
  readonly retryAfterMs: number | undefined;

  /** `message` names the thing and the cure, for people; never a secret. */
  constructor(
    reason: ErrorReason,
    message: string,
    options: { fieldViolations?: readonly FieldViolation[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.fieldViolations = options.fieldViolations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A wrong field of a request: `field` is its path in proto names, `description` what would have been right. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** INVALID_REQUEST about one field; its description is the message too. */
export function invalidField(field: string, description: string): KmsError {
  return new KmsError('INVALID_REQUEST', `${field}: ${description}`, { fieldViolations: [{ field, description }] });
}

/** The same text for every way a ciphertext fails to open, so that nothing is learnt from which way it was. */
export function invalidCiphertext(): KmsError {
  return new KmsError(
    'INVALID_CIPHERTEXT',
    'The ciphertext does not open: it is not from this service, was altered or cut, or the encryption context is not the one it was made with.',
  );
}

/** The service cannot start, and the operator can do something about it. The message says what. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** A call is over before it is answered: its deadline has passed, the caller has gone, or the server ends its stream. */
export class CallExpired extends Error {
  override readonly name = 'CallExpired';
  readonly outcome: ExpiredOutcome;

  constructor(outcome: ExpiredOutcome) {
    super(expiredMessages[outcome]);
    this.outcome = outcome;
  }
}

type ExpiredOutcome = keyof typeof expiredMessages;

const expiredMessages = {
  DEADLINE_EXCEEDED: 'The deadline of the call has passed.',
  CANCELLED: 'The caller has cancelled the call.',
  UNAVAILABLE: 'The server has ended the stream, as it had announced; open another.',
} as const;
