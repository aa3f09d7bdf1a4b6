import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';
import { CallExpired, KmsError } from './errors.ts';
import type { Log } from './log.ts';
import type { CallOutcome, Metrics } from './metrics.ts';

/** A call as a door hands it in: which method, until when, and whether anybody still waits. */
export interface Call {
  /** Name of the method, as metrics and logs show it. */
  readonly method: string;
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
  /** Measures a call that is no single operation, a stream, at its end: `error` is why it did not end well. */
  readonly ended: (call: Pick<Call, 'method' | 'arrivedAt'>, error?: unknown) => void;
}

export interface Reply<T> {
  readonly answer: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

/** Everything that every call goes through, whichever door it came in by: deadline, run, measure. */
export function pipeline({
  clock,
  metrics,
  log,
}: {
  clock: Pick<Clock, 'now'>;
  metrics: Pick<Metrics, 'callEnded'>;
  log: Log;
}): Pipeline {
  function run<T>(call: Call, operation: (caller: Caller) => T | Promise<T>, reply: Reply<T>): void {
    const now = clock.now();
    const deadline = Number.isFinite(call.deadline) ? call.deadline : now + defaultDeadlineMs;
    const caller: Caller = {
      requireTime: () => requireTime(call, deadline, clock.now()),
      maxReplyBytes: () => call.maxReplyBytes(),
      reserve: (replyBytes) => call.reserve(replyBytes),
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
      result = operation(caller);
    } catch (error) {
      fail(error);
      return;
    }
    if (result instanceof Promise) answerLater(result, deadline - clock.now(), { answer, fail });
    else answer(result);
  }

  function ended({ method, arrivedAt }: Pick<Call, 'method' | 'arrivedAt'>, error?: unknown): void {
    const outcome = error === undefined ? 'OK' : outcomeOf(error);
    if (error instanceof KmsError ? error.cause !== undefined : outcome === 'INTERNAL') {
      log.error({ method, outcome, err: error }, 'call failed');
    }
    metrics.callEnded(method, outcome, performance.now() - arrivedAt);
  }

  return { run, ended };
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
