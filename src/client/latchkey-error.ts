import type { ErrorReason } from '../generated/error-reasons.ts';

/** A call that failed: refused by the server, not answered by it, or answered with damaged bytes. */
export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError';
  /** Why the server refused; undefined when it was not the server that decided (no connection, deadline) or it is a bug there. */
  readonly reason: Reason | undefined;
  /** Name of the gRPC status code, such as `FAILED_PRECONDITION`. */
  readonly code: string;
  /** Which fields of the request were wrong, with INVALID_REQUEST. */
  readonly fieldViolations: readonly FieldViolation[];
  /**
   * Whether the same call may succeed if it is repeated. A call that changes something may have done so although its answer was
   * lost: repeat CreateKey and RotateKeyOnDemand with the same `client_token`.
   */
  readonly retryable: boolean;
  /** How long the server asks to wait before the call is repeated, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: Facts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.reason = facts.reason;
    this.code = facts.code;
    this.fieldViolations = facts.fieldViolations ?? [];
    const { retryAfterMs } = facts;
    // A negative pushback is gRPC's way to say: not again.
    const mayRepeat = retryAfterMs === undefined || retryAfterMs >= 0;
    this.retryable = mayRepeat && (retryableCodes.has(facts.code) || facts.reason === 'THROTTLED');
    this.retryAfterMs = mayRepeat ? retryAfterMs : undefined;
  }
}

/** A wrong field: its path in proto names, and what would have been right. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** One of the reasons known to this version, or a newer server's. */
export type Reason = ErrorReason | (string & {});

interface Facts {
  readonly reason: Reason | undefined;
  readonly code: string;
  readonly fieldViolations?: readonly FieldViolation[];
  /** Negative: never. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

const retryableCodes: ReadonlySet<string> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'DATA_LOSS']);
