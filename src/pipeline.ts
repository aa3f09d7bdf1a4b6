import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';
import { CallExpired, KmsError } from './errors.ts';
import type { Credentials } from './identity/credentials.ts';
import { Missing, untilLoaded } from './keyring/missing.ts';
import type { Log } from './log.ts';
import type { CallOutcome, Metrics } from './metrics.ts';
import type { Identity } from './permission/identity.ts';
import { type Authority, Permission } from './permission/permission.ts';

/** A call as a door hands it in: which method, from whom, until when, and whether anybody still waits. */
export interface Call {
  /** Name of the method, as metrics and logs show it. */
  readonly method: string;
  /** What says who calls. */
  readonly credentials: Credentials;
  /** When it was read, by `performance.now()`. */
  readonly arrivedAt: number;
  /** Milliseconds since 1970; infinite when the caller set none. */
  readonly deadline: number;
  isCancelled(): boolean;
  /** The largest reply that the caller takes, in bytes. Throws INVALID_REQUEST when it cannot be told. */
  maxReplyBytes(): number;
  /** Memory for a reply that may be large: waits until there is enough. Rejects with THROTTLED. */
  reserve(replyBytes: number): Promise<void> | undefined;
}

/** What an operation may ask about the call it works for. */
export interface Caller {
  /** What the caller may do. */
  readonly permission: Permission;
  /** Throws `CallExpired` when nobody waits for the answer any more. */
  readonly requireTime: () => void;
  readonly maxReplyBytes: () => number;
  readonly reserve: (replyBytes: number) => Promise<void> | undefined;
}

export interface Pipeline {
  /**
   * Runs an operation for a call and answers exactly once: with what it answered, or with a `KmsError`, a `CallExpired` or
   * a bug. An operation that answers at once is answered for at once.
   */
  readonly run: <T>(call: Call, operation: (caller: Caller) => T | Promise<T>, reply: Reply<T>) => void;
  /**
   * Finds out who calls, before anything of the call is read: at once where everything is in memory. Fails with UNAUTHENTICATED,
   * THROTTLED, KEY_UNAVAILABLE.
   */
  readonly admit: (credentials: Credentials) => Identity | Promise<Identity>;
  /** Measures a call that is no single operation, a stream, at its end: `error` is why it did not end well. */
  readonly ended: (call: Pick<Call, 'method' | 'arrivedAt'>, error?: unknown) => void;
}

export interface Reply<T> {
  readonly answer: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

export interface PipelineParts {
  /** Finds out who calls. Throws UNAUTHENTICATED, THROTTLED, KEY_UNAVAILABLE. */
  readonly identify: (credentials: Credentials) => Identity | Missing;
  readonly authority: Authority;
  readonly clock: Pick<Clock, 'now'>;
  readonly metrics: Pick<Metrics, 'callEnded'>;
  readonly log: Log;
}

/**
 * Everything that every call goes through, whichever door it came in by: deadline, identify, run, measure. To authorise is the
 * operation's part, since only it knows with which key and when; one that answers without having asked is a bug and does not
 * answer.
 */
export function pipeline({ identify, authority, clock, metrics, log }: PipelineParts): Pipeline {
  function run<T>(call: Call, operation: (caller: Caller) => T | Promise<T>, reply: Reply<T>): void {
    const now = clock.now();
    const deadline = Number.isFinite(call.deadline) ? call.deadline : now + defaultDeadlineMs;
    const requireStillTime = () => requireTime(call, deadline, clock.now());
    const identified = (identity: Identity): T | Promise<T> => {
      const permission = new Permission(identity, authority);
      const result = operation({
        permission,
        requireTime: requireStillTime,
        maxReplyBytes: () => call.maxReplyBytes(),
        reserve: (replyBytes) => call.reserve(replyBytes),
      });
      const authorised = (value: T): T => {
        if (permission.wasAsked) return value;
        throw new Error(`${call.method} answered without having asked whether it may.`);
      };
      return result instanceof Promise ? result.then(authorised) : authorised(result);
    };

    const answer = (value: T): void => {
      ended(call);
      reply.answer(value);
    };
    const fail = (error: unknown): void => {
      ended(call, error);
      reply.fail(error);
    };

    let result: T | Promise<T>;
    try {
      requireTime(call, deadline, now);
      const look = () => identify(call.credentials);
      const identity = look();
      result = identity instanceof Missing ? untilLoaded(identity, look, requireStillTime).then(identified) : identified(identity);
    } catch (error) {
      fail(error);
      return;
    }
    if (result instanceof Promise) answerLater(result, deadline - clock.now(), { answer, fail });
    else answer(result);
  }

  function admit(credentials: Credentials): Identity | Promise<Identity> {
    const look = () => identify(credentials);
    const identity = look();
    return identity instanceof Missing ? untilLoaded(identity, look, () => undefined) : identity;
  }

  function ended({ method, arrivedAt }: Pick<Call, 'method' | 'arrivedAt'>, error?: unknown): void {
    const outcome = error === undefined ? 'OK' : outcomeOf(error);
    // Anybody can send what identifies nobody, as often as they like.
    if (outcome === 'UNAUTHENTICATED') log.debug({ method, err: error }, 'call refused');
    else if (error instanceof KmsError ? error.cause !== undefined : outcome === 'INTERNAL') {
      log.error({ method, outcome, err: error }, 'call failed');
    }
    metrics.callEnded(method, outcome, performance.now() - arrivedAt);
  }

  return { run, admit, ended };
}

/** Answers with the result, or with the passing of the deadline, whichever comes first. */
function answerLater<T>(result: Promise<T>, remainingMs: number, { answer, fail }: Reply<T>): void {
  let answered = false;
  const once = (reply: () => void): void => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    reply();
  };
  const timer = setTimeout(() => once(() => fail(new CallExpired('DEADLINE_EXCEEDED'))), Math.max(0, remainingMs));
  result.then(
    (value) => once(() => answer(value)),
    (error: unknown) => once(() => fail(error)),
  );
}

function requireTime(call: Call, deadline: number, now: number): void {
  if (call.isCancelled()) throw new CallExpired('CANCELLED');
  if (now >= deadline) throw new CallExpired('DEADLINE_EXCEEDED');
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof KmsError) return error.reason;
  return error instanceof CallExpired ? error.outcome : 'INTERNAL';
}

/** For unary calls and requests of Exchange that come without a deadline. */
const defaultDeadlineMs = 30_000;
