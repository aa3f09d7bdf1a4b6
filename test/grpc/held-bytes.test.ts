import { expect, it } from 'vitest';
import { CallExpired, KmsError } from '../../src/errors.ts';
import { HeldBytes } from '../../src/grpc/held-bytes.ts';
import { InFlightBytes, memoryPerByte, smallMessageBytes } from '../../src/grpc/in-flight-bytes.ts';

const mebibyte = 1024 * 1024;

it('does not count small messages and answers', () => {
  const { inFlight, held } = start();
  held.take(Buffer.alloc(smallMessageBytes));
  expect(held.reserve(smallMessageBytes)).toBeUndefined();
  expect(held.isEmpty).toBe(true);
  expect(inFlight.used).toBe(0);
});

it('counts a message with an answer of its size, and gives all back once', () => {
  const { inFlight, held } = start();
  held.take(Buffer.alloc(mebibyte));
  expect(inFlight.used).toBe(memoryPerByte * mebibyte);
  expect(held.reserve(mebibyte)).toBeUndefined();
  expect(inFlight.used).toBe(memoryPerByte * mebibyte);
  expect(held.isEmpty).toBe(false);
  held.release();
  held.release();
  expect(inFlight.used).toBe(0);
});

it('asks for what an answer needs beyond that', () => {
  const { inFlight, held } = start();
  held.take(Buffer.alloc(mebibyte));
  expect(held.reserve(3 * mebibyte)).toBeUndefined();
  expect(inFlight.used).toBe((2 + 3) * mebibyte);
  held.release();
  expect(inFlight.used).toBe(0);
});

it('waits for it', async () => {
  const { inFlight, held } = start();
  inFlight.take(16 * mebibyte);
  const waiting = held.reserve(mebibyte);
  expect(waiting).toBeInstanceOf(Promise);
  inFlight.release(16 * mebibyte);
  await waiting;
  expect(inFlight.used).toBe(mebibyte);
  held.release();
  expect(inFlight).toMatchObject({ used: 0, waiting: 0 });
});

it.each([0, mebibyte])('is THROTTLED when it does not get it, with a message of %i bytes', async (messageBytes) => {
  const { inFlight, held } = start({ maxWaiting: 0 });
  inFlight.take(16 * mebibyte);
  held.take(Buffer.alloc(messageBytes));
  await expect(held.reserve(2 * mebibyte)).rejects.toMatchObject({ reason: 'THROTTLED', retryAfterMs: 1000 });
  held.release();
  expect(inFlight.used).toBe(16 * mebibyte);
});

it('ends the wait of a call that is over', async () => {
  const { inFlight, held } = start();
  inFlight.take(16 * mebibyte);
  const waiting = held.reserve(mebibyte);
  held.release();
  await expect(waiting).rejects.toBeInstanceOf(CallExpired);
  expect(inFlight.waiting).toBe(0);
  inFlight.release(16 * mebibyte);
  expect(inFlight.used).toBe(0);
});

it('frees the message when it gives its memory back, and no sooner', async () => {
  const { held } = start();
  const message = Buffer.alloc(mebibyte, 7);
  held.take(message);
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = held.during(() => promise);
  held.release();
  expect(message.length).toBe(mebibyte);
  resolve();
  await work;
  expect(message.length).toBe(0);
});

it('takes nothing for a call that is over', async () => {
  const { inFlight, held } = start();
  held.release();
  held.take(Buffer.alloc(mebibyte));
  await expect(held.reserve(mebibyte)).rejects.toBeInstanceOf(CallExpired);
  expect(inFlight.used).toBe(0);
});

it('keeps the memory of work that goes on after the call is over', async () => {
  const { inFlight, held } = start();
  held.take(Buffer.alloc(mebibyte));
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = held.during(() => promise);
  held.release();
  expect(inFlight.used).toBe(memoryPerByte * mebibyte);
  resolve('done');
  expect(await work).toBe('done');
  expect(inFlight.used).toBe(0);
});

it('gives it back too when the work fails, or is done at once', async () => {
  const { inFlight, held } = start();
  held.take(Buffer.alloc(mebibyte));
  const work = held.during(() => Promise.reject(new KmsError('KEY_NOT_FOUND', 'x')));
  held.release();
  await expect(work).rejects.toMatchObject({ reason: 'KEY_NOT_FOUND' });
  expect(inFlight.used).toBe(0);
  expect(held.during(() => 42)).toBe(42);
});

function start({ maxWaiting = 1 } = {}) {
  const inFlight = new InFlightBytes({ maxBytes: 16 * mebibyte, maxWaiting, maxWaitMs: 1000 });
  return { inFlight, held: new HeldBytes(inFlight) };
}
