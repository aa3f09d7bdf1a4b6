import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { connect, type Latchkey } from '../../src/client/connect.ts';
import { answerOf } from './fake-batches.ts';
import { Refusal } from './refusal.ts';
import { serve } from './serve.ts';
import { type ExchangeBehaviour, ExchangeSeen, type Fault } from './serve-exchange.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function connected(behaviour: ExchangeBehaviour, timeoutMs = 30_000): Promise<{ latchkey: Latchkey; seen: ExchangeSeen }> {
  const seen = new ExchangeSeen();
  const keys = [{ name: 'k', version: 1 }];
  const server = await serve({ Exchange: (request) => answerOf(request, keys) }, undefined, { seen, ...behaviour });
  const latchkey = connect({ address: server.address, timeoutMs });
  cleanups.push(server.stop, () => latchkey.close());
  return { latchkey, seen };
}

/** These faults happen to the requests in the order in which they come; then all goes well. */
function inTurn(faults: readonly (Fault | undefined)[]): () => Fault | undefined {
  const left = [...faults];
  return () => left.shift();
}

/** Small batches, so that a few items make many requests. */
const limits = { max_batch_items: 3 };

async function roundTrip(latchkey: Latchkey, count: number): Promise<void> {
  const sealed: { ciphertext: Buffer; itemContextValue: string }[] = [];
  const rows = Array.from({ length: count }, (_, index) => ({
    plaintext: Buffer.from(`row ${index}`),
    itemContextValue: `${index}`,
  }));
  for await (const { index, ciphertext, error } of latchkey.encryptMany(rows, { keyId: 'k', itemContextKey: 'row' })) {
    if (error !== undefined) throw error;
    expect(index).toBe(sealed.length);
    sealed.push({ ciphertext, itemContextValue: `${index}` });
  }
  expect(sealed.length).toBe(count);
  let opened = 0;
  // The row value of each says that it is the ciphertext of this row and of no other.
  for await (const { index, plaintext, error } of latchkey.decryptMany(sealed, { itemContextKey: 'row' })) {
    if (error !== undefined) throw error;
    expect([index, String(plaintext)]).toEqual([opened, `row ${opened}`]);
    opened += 1;
  }
  expect(opened).toBe(count);
}

describe('nothing is lost, nothing doubled, the order kept', () => {
  test.each<[string, Fault]>([
    ['breaks', 'break'],
    ['breaks before an answer', 'lose the answer'],
    ['ends as if all were well', 'end early'],
    ['drains', 'drain'],
    ['answers later requests first', 'overtake'],
    ['throttles', 'throttle'],
    ['finds replies too large', 'too large'],
    ['is slow', 'slow'],
    ['cannot read a key', new Refusal('UNAVAILABLE', 'no key', { reason: 'KEY_UNAVAILABLE' })],
  ])('when the server %s', async (_, fault) => {
    const script = [undefined, fault, undefined, fault, fault, undefined, undefined, fault];
    const { latchkey } = await connected({ limits, fault: () => script.shift() });
    await roundTrip(latchkey, 40);
    expect(script).toEqual([]);
  });

  test('whatever happens in whatever order', async () => {
    const faults = fc.constantFrom<(Fault | undefined)[]>(
      undefined,
      'break',
      'lose the answer',
      'end early',
      'drain',
      'overtake',
      'throttle',
      'too large',
      'slow',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(faults, { maxLength: 16 }), fc.integer({ min: 1, max: 60 }), async (script, count) => {
        const { latchkey, seen } = await connected({ limits, fault: inTurn(script) });
        await roundTrip(latchkey, count);
        expect(seen.greatestInFlight).toBeLessThanOrEqual(4);
        for (const cleanup of cleanups.splice(0).reverse()) cleanup();
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  test('when the server goes away and comes back', async () => {
    const keys = [{ name: 'k', version: 1 }];
    const answers = { Exchange: (request: Parameters<typeof answerOf>[0]) => answerOf(request, keys) };
    const first = await serve(answers, undefined, { limits });
    const latchkey = connect({ address: first.address });
    cleanups.push(() => latchkey.close());
    const results: number[] = [];
    for await (const { index } of latchkey.encryptMany(
      Array.from({ length: 30 }, () => Buffer.of(1)),
      { keyId: 'k' },
    )) {
      results.push(index);
      if (index !== 8) continue;
      first.stop();
      setTimeout(() => {
        void serve(answers, first.address, { limits }).then(({ stop }) => cleanups.push(stop));
      }, 700);
    }
    expect(results).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });
});

describe('streams', () => {
  test('that drain are left for another, and their answers waited for', async () => {
    const { latchkey, seen } = await connected({ limits, fault: inTurn(['drain', 'slow', 'slow', 'slow']) });
    await roundTrip(latchkey, 30);
    expect(seen.streams).toBe(2);
    // 10 batches each way: none was sent twice.
    expect(seen.requests).toBe(20);
    await expect.poll(() => seen.openStreams).toBe(1);
  });

  test('are never asked for more at once than they take', async () => {
    const { latchkey, seen } = await connected({ limits: { ...limits, max_requests_in_flight: 2 }, fault: () => 'slow' });
    await Promise.all([roundTrip(latchkey, 20), roundTrip(latchkey, 20)]);
    expect(seen).toMatchObject({ greatestInFlight: 2, streams: 1 });
  });

  test('are shared by all that is under way', async () => {
    const { latchkey, seen } = await connected({ limits });
    await Promise.all(Array.from({ length: 5 }, async () => roundTrip(latchkey, 20)));
    expect(seen.streams).toBe(1);
  });

  test('that are refused once are opened again', async () => {
    let refused = 0;
    const busy = new Refusal('RESOURCE_EXHAUSTED', 'Too many streams.', { reason: 'THROTTLED', pushbackMs: '10' });
    const { latchkey, seen } = await connected({ limits, refuseStream: () => ((refused += 1) <= 2 ? busy : undefined) });
    await roundTrip(latchkey, 5);
    expect(seen.streams).toBe(3);
  });

  test('that break again and again are given up', async () => {
    const { latchkey, seen } = await connected({ limits, fault: () => 'break' }, 2_000);
    await expect(roundTrip(latchkey, 20)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(seen.streams).toBeLessThan(20);
  });
});

describe('repetition', () => {
  async function secondsUntilDone(fault: Fault): Promise<number> {
    const { latchkey } = await connected({ limits, fault: inTurn([fault]) });
    const begun = performance.now();
    await roundTrip(latchkey, 1);
    return (performance.now() - begun) / 1000;
  }

  test('waits as long as RetryInfo says', async () => {
    const throttled = { reason: 'THROTTLED', retryAfterMs: 1_300 };
    expect(await secondsUntilDone(new Refusal('RESOURCE_EXHAUSTED', 'Busy.', throttled))).toBeGreaterThanOrEqual(1.3);
  });

  test('waits as long as the pushback of a refused stream says', async () => {
    let refused = 0;
    const busy = new Refusal('RESOURCE_EXHAUSTED', 'Busy.', { reason: 'THROTTLED', pushbackMs: '1200' });
    const { latchkey } = await connected({ refuseStream: () => ((refused += 1) === 1 ? busy : undefined) });
    const begun = performance.now();
    await roundTrip(latchkey, 1);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_200);
  });

  test.each(['-1', 'soon'])('is not made after the pushback %s', async (pushbackMs) => {
    const busy = new Refusal('RESOURCE_EXHAUSTED', 'Busy.', { reason: 'THROTTLED', pushbackMs });
    const { latchkey, seen } = await connected({ refuseStream: () => busy });
    await expect(roundTrip(latchkey, 1)).rejects.toMatchObject({ reason: 'THROTTLED', retryable: false, retryAfterMs: undefined });
    expect(seen.streams).toBe(1);
  });

  test('is not made when it would be too late', async () => {
    const throttled = new Refusal('RESOURCE_EXHAUSTED', 'Busy.', { reason: 'THROTTLED', retryAfterMs: 60_000 });
    const { latchkey } = await connected({ fault: () => throttled });
    const begun = performance.now();
    await expect(roundTrip(latchkey, 1)).rejects.toMatchObject({ reason: 'THROTTLED', retryable: true, retryAfterMs: 60_000 });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test.each<[string, Refusal]>([
    ['a refusal', new Refusal('PERMISSION_DENIED', 'No.', { reason: 'ACCESS_DENIED' })],
    ['a bug of the server', new Refusal('INTERNAL', 'Oops.')],
  ])('is not made after %s', async (_, refusal) => {
    const { latchkey, seen } = await connected({ fault: () => refusal });
    await expect(roundTrip(latchkey, 1)).rejects.toMatchObject({ code: refusal.code });
    expect(seen.requests).toBe(1);
  });

  test('ends with the time that a batch may take', async () => {
    const { latchkey, seen } = await connected({ fault: () => 'hang' }, 300);
    await expect(roundTrip(latchkey, 1)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(seen.timeoutsMs[0]).toBeLessThanOrEqual(300);
    expect(seen.timeoutsMs[0]).toBeGreaterThan(100);
    await expect.poll(() => seen.cancelled).toBe(1);
  });
});
