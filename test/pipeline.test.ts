import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallExpired, KmsError } from '../src/errors.ts';
import { unauthenticated } from '../src/identity/unauthenticated.ts';
import { Missing } from '../src/keyring/missing.ts';
import type { CallOutcome } from '../src/metrics.ts';
import type { Identity } from '../src/permission/identity.ts';
import { type Call, type Caller, pipeline } from '../src/pipeline.ts';
import { administrator, authorityOver, ownersCredentials } from './fakes/callers.ts';

describe('pipeline', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());

  it('answers at once what is answered at once', () => {
    const { run, ended } = start();
    expect(run(allowed)).toEqual([{ value: 42 }]);
    expect(ended).toEqual([['Encrypt', 'OK']]);
  });

  it('answers later what is answered later', async () => {
    const { run, ended } = start();
    const replies = run(async (caller) => allowed(caller));
    expect(replies).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(replies).toEqual([{ value: 42 }]);
    expect(ended).toEqual([['Encrypt', 'OK']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['a refusal', new KmsError('KEY_DISABLED', 'x'), 'KEY_DISABLED'],
    ['a bug', new TypeError('x'), 'INTERNAL'],
  ] as const)('passes on %s, thrown or rejected, and counts it', async (_, error, outcome) => {
    const { run, ended } = start();
    const thrown = run(() => {
      throw error;
    });
    const rejected = run(() => Promise.reject(error));
    await vi.advanceTimersByTimeAsync(0);
    expect([...thrown, ...rejected]).toEqual([{ error }, { error }]);
    expect(ended).toEqual([
      ['Encrypt', outcome],
      ['Encrypt', outcome],
    ]);
  });

  it('counts a stream when it ends, by what it ended with', () => {
    const { ended, streamEnded } = start();
    streamEnded();
    streamEnded(new CallExpired('UNAVAILABLE'));
    streamEnded(new KmsError('INVALID_REQUEST', 'x'));
    expect(ended).toEqual([
      ['Exchange', 'OK'],
      ['Exchange', 'UNAVAILABLE'],
      ['Exchange', 'INVALID_REQUEST'],
    ]);
  });

  it('logs bugs and outages, and not what a caller did wrong', () => {
    const { run, lines } = start();
    run(() => {
      throw new KmsError('KEY_DISABLED', 'x');
    });
    expect(lines).toEqual([]);
    run(() => {
      throw new TypeError('a bug');
    });
    run(() => {
      throw new KmsError('KEY_UNAVAILABLE', 'x', { cause: new Error('disk full') });
    });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { outcome: 'INTERNAL', err: { message: 'a bug' } },
      { outcome: 'KEY_UNAVAILABLE', err: { message: expect.stringContaining('disk full') as string } },
    ]);
  });

  it('drops a call whose deadline has passed before it costs', () => {
    const { run, ended } = start({ deadline: 1_000_000 });
    const operation = vi.fn<() => number>(() => 42);
    expect(run(operation)).toEqual([{ error: expect.any(CallExpired) as CallExpired }]);
    expect(operation).not.toHaveBeenCalled();
    expect(ended).toEqual([['Encrypt', 'DEADLINE_EXCEEDED']]);
  });

  it('drops a call that the caller has given up', () => {
    const { run, ended } = start({ isCancelled: () => true });
    const operation = vi.fn<() => number>(() => 42);
    run(operation);
    expect(operation).not.toHaveBeenCalled();
    expect(ended).toEqual([['Encrypt', 'CANCELLED']]);
  });

  it('ends a call without a deadline after 30 s, once', async () => {
    const { run, ended } = start();
    const { promise, resolve } = Promise.withResolvers<number>();
    const replies = run(() => promise);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(replies).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(replies).toEqual([{ error: expect.objectContaining({ outcome: 'DEADLINE_EXCEEDED' }) as CallExpired }]);
    resolve(42);
    await vi.advanceTimersByTimeAsync(0);
    expect(replies).toHaveLength(1);
    expect(ended).toEqual([['Encrypt', 'DEADLINE_EXCEEDED']]);
  });

  it('takes a longer deadline than 30 s at its word', async () => {
    const { run } = start({ deadline: 1_060_000 });
    const replies = run((caller) => new Promise((resolve) => setTimeout(() => resolve(allowed(caller)), 59_000)));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(replies).toEqual([{ value: 42 }]);
  });

  it('answers once, even when answering fails', () => {
    const { run, ended } = start();
    const failing = () => {
      throw new Error('The reply could not be written.');
    };
    expect(() => run(allowed, failing)).toThrow('The reply could not be written.');
    expect(ended).toEqual([['Encrypt', 'OK']]);
  });

  it('lets an operation ask, after a wait, whether anybody still waits', async () => {
    const { run } = start({ deadline: 1_000_050 });
    let late: unknown;
    run(async (caller) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      try {
        caller.requireTime();
      } catch (error) {
        late = error;
      }
      return 42;
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(late).toBeInstanceOf(CallExpired);
  });
});

describe('whoever calls', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());
  const operation = vi.fn<(caller: Caller) => number>(allowed);
  beforeEach(() => void operation.mockClear());

  it('is refused before anything is done for them when they are nobody', () => {
    const { run, ended, admit } = start({}, nobody);
    expect(run(operation)).toEqual([{ error: expect.objectContaining({ reason: 'UNAUTHENTICATED' }) as KmsError }]);
    expect(operation).not.toHaveBeenCalled();
    expect(ended).toEqual([['Encrypt', 'UNAUTHENTICATED']]);
    expect(admit).toThrow(KmsError);
  });

  it('does not fill the log by being nobody, whatever the cause', () => {
    const { run, lines } = start({}, () => {
      throw unauthenticated(new Error('The signature is wrong.'));
    });
    run(operation);
    expect(lines).toEqual([]);
  });

  it('is loaded first when memory does not have them', async () => {
    const { run, ended, admit } = start({}, loadedLater(administrator));
    const replies = run(operation);
    expect(operation).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(0);
    expect(replies).toEqual([{ value: 42 }]);
    expect(ended).toEqual([['Encrypt', 'OK']]);
    expect(admit()).toEqual(administrator());
  });

  it('is let in once they are loaded, and from then on at once', async () => {
    const { admit } = start({}, loadedLater(administrator));
    await expect(admit()).resolves.toEqual(administrator());
    expect(admit()).toEqual(administrator());
  });

  it('is refused when loading shows that they are nobody', async () => {
    const { run, ended, admit } = start({}, loadedLater(nobody));
    await expect(admit()).rejects.toThrow(KmsError);
    run(operation);
    await vi.advanceTimersByTimeAsync(0);
    expect(operation).not.toHaveBeenCalled();
    expect(ended).toEqual([['Encrypt', 'UNAUTHENTICATED']]);
  });

  it('is not served any more when the deadline passed while they were loaded', async () => {
    const identify = () => new Missing(() => new Promise((resolve) => setTimeout(resolve, 100)));
    const { run, ended } = start({ deadline: 1_000_050 }, identify);
    run(operation);
    await vi.advanceTimersByTimeAsync(200);
    expect(operation).not.toHaveBeenCalled();
    expect(ended).toEqual([['Encrypt', 'DEADLINE_EXCEEDED']]);
  });

  it.each([
    ['at once', () => 42],
    ['later', async () => 42],
  ])('gets no answer that comes %s without having been authorised: that is a bug', async (_, unasked) => {
    const { run, ended, lines } = start();
    const replies = run(unasked);
    await vi.advanceTimersByTimeAsync(0);
    expect(replies).toEqual([{ error: new Error('Encrypt answered without having asked whether it may.') }]);
    expect(ended).toEqual([['Encrypt', 'INTERNAL']]);
    expect(lines).toHaveLength(1);
  });
});

function allowed({ permission }: Caller): number {
  permission.needsNone();
  return 42;
}

function nobody(): never {
  throw unauthenticated();
}

/** Who is not in memory at first. */
function loadedLater(then: () => Identity): () => Identity | Missing {
  let isLoaded = false;
  const missing = new Missing(async () => void (isLoaded = true));
  return () => (isLoaded ? then() : missing);
}

type Replied = { readonly value: number } | { readonly error: unknown };

/** A pipeline, a call, and what becomes of it. */
function start(changes: Partial<Call> = {}, identify: () => Identity | Missing = administrator) {
  const ended: [string, CallOutcome][] = [];
  const lines: string[] = [];
  const {
    run,
    ended: countEnded,
    admit,
  } = pipeline({
    identify,
    authority: authorityOver(),
    clock: { now: () => Date.now() },
    metrics: { callEnded: (method, outcome) => void ended.push([method, outcome]) },
    log: pino({}, { write: (line) => void lines.push(line) }),
  });
  const call: Call = {
    method: 'Encrypt',
    credentials: ownersCredentials,
    arrivedAt: performance.now(),
    deadline: Infinity,
    isCancelled: () => false,
    maxReplyBytes: () => Infinity,
    reserve: () => undefined,
    ...changes,
  };
  return {
    ended,
    lines,
    admit: () => admit(ownersCredentials),
    streamEnded: (error?: unknown) => countEnded({ method: 'Exchange', arrivedAt: performance.now() }, error),
    run: (operation: (caller: Caller) => number | Promise<number>, onAnswer: () => void = () => undefined): Replied[] => {
      const replies: Replied[] = [];
      const answer = (value: number): void => {
        replies.push({ value });
        onAnswer();
      };
      run(call, operation, { answer, fail: (error) => void replies.push({ error }) });
      return replies;
    },
  };
}
