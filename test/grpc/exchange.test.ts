import { status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import { type ExchangeEnvelope } from '../../src/crypto/crypto-calls.ts';
import { KmsError } from '../../src/errors.ts';
import type { CallListener, CallStatus, DirectCall } from '../../src/grpc/direct-call.ts';
import { type ExchangeStream, exchange, maxRequestsInFlight } from '../../src/grpc/exchange.ts';
import { callFields, cancelField } from '../../src/grpc/exchange-messages.ts';
import { unauthenticated } from '../../src/identity/unauthenticated.ts';
import { Missing } from '../../src/keyring/missing.ts';
import { InFlightBytes, memoryPerByte } from '../../src/grpc/in-flight-bytes.ts';
import { loadProtocol as loadServerProtocol } from '../../src/grpc/protocol.ts';
import { rpcStatusEncoder, statusEncoder } from '../../src/grpc/status.ts';
import type { Identity } from '../../src/permission/identity.ts';
import type { CallOutcome } from '../../src/metrics.ts';
import { pipeline } from '../../src/pipeline.ts';
import { administrator, authorityOver, ownersCredentials } from '../fakes/callers.ts';

const mebibyte = 1024 * 1024;
const protocol = loadProtocol();
const serverProtocol = loadServerProtocol();

it('reads no more than it may have in flight, and on with every answer', async () => {
  const { call, release, releaseAll } = start({ waits: true });
  for (let id = 1; id <= 1000; id++) call.arrive(request(id));
  expect(call.queued).toBe(1000 - maxRequestsInFlight);
  await release(10);
  expect(call.queued).toBe(1000 - maxRequestsInFlight - 10);
  await releaseAll();
  expect(call.answers()).toEqual(Array.from({ length: 1000 }, (_, index) => `${index + 1} generate_random`));
});

it('reads no more while the work of calls that were given up goes on', async () => {
  const { call, releaseAll } = start({ waits: true });
  for (let id = 1; id <= 1000; id++) call.arrive(request(id), request(id, cancelField));
  expect(call.answers()).toHaveLength(maxRequestsInFlight - 1);
  await releaseAll();
  expect(call.answers()).toHaveLength(1000);
});

it('needs no deep stack for messages that gRPC has ready', () => {
  const { call } = start();
  call.holdBack = true;
  for (let id = 1; id <= 10_000; id++) call.arrive(request(id, cancelField));
  call.arrive(request(1));
  call.holdBack = false;
  call.deliver();
  expect(call.queued).toBe(0);
  expect(call.answers()).toEqual(['1 generate_random']);
});

it('reads no more while its answers are not taken', () => {
  const { call } = start({ responseBytes: mebibyte });
  call.takesAnswers = false;
  call.arrive(request(1), request(2), request(3));
  expect(call.queued).toBe(2);
  call.take();
  expect(call.queued).toBe(1);
  call.take();
  call.take();
  expect(call.answers()).toHaveLength(3);
});

it('gives back the memory of answers when they have left', () => {
  const { call, inFlight } = start();
  call.takesAnswers = false;
  call.arrive(request(1, callFields.GenerateRandom, mebibyte));
  expect(inFlight.used).toBeGreaterThanOrEqual(memoryPerByte * mebibyte);
  call.take();
  expect(inFlight.used).toBe(0);
});

it('gives back the memory of all that is on its way when the stream is gone', async () => {
  const { call, inFlight, release, ended, register } = start({ waits: true });
  call.takesAnswers = false;
  call.arrive(request(1, callFields.GenerateRandom, mebibyte), request(2, callFields.GenerateRandom, mebibyte));
  await release(1);
  expect(inFlight.used).toBeGreaterThanOrEqual(2 * memoryPerByte * mebibyte);
  expect(register.size).toBe(1);
  call.close();
  expect(register.size).toBe(0);
  // The second is still worked on.
  expect(inFlight.used).toBeGreaterThanOrEqual(memoryPerByte * mebibyte);
  await release(1);
  expect(inFlight.used).toBe(0);
  expect(ended).toContainEqual(['Exchange', 'CANCELLED']);
});

it('does not answer twice what was cancelled', async () => {
  const { call, inFlight, release, ended } = start({ waits: true });
  call.arrive(request(1, callFields.GenerateRandom, mebibyte), request(1, cancelField));
  expect(call.answers()).toEqual(['1 error']);
  await release(1);
  expect(call.answers()).toEqual(['1 error']);
  expect(inFlight.used).toBe(0);
  call.halfClose();
  expect(ended.at(-1)).toEqual(['Exchange', 'OK']);
});

it('ends with OK after the last answer when the caller has half-closed', async () => {
  const { call, release, ended, register } = start({ waits: true });
  call.arrive(request(1), request(2));
  call.halfClose();
  await release(1);
  expect(call.status).toBeUndefined();
  await release(1);
  expect(call.status).toBe(status.OK);
  expect(register.size).toBe(0);
  expect(ended).toEqual([
    ['GenerateRandom', 'OK'],
    ['GenerateRandom', 'OK'],
    ['Exchange', 'OK'],
  ]);
});

it('refuses an id that is in flight by ending the stream, once', async () => {
  const { call, release, ended } = start({ waits: true });
  call.arrive(request(7), request(7), request(7));
  expect(call.status).toBe(status.INVALID_ARGUMENT);
  await release(2);
  expect(call.answers()).toEqual([]);
  expect(ended.filter(([method]) => method === 'Exchange')).toEqual([['Exchange', 'INVALID_REQUEST']]);
});

it('that was ended without it is counted once, with the reason, and leaves its place to others', async () => {
  const { call, release, ended, register } = start({ waits: true });
  call.arrive(request(1));
  call.end(new KmsError('LIMIT_EXCEEDED', 'The message is too long.'));
  expect(register.size).toBe(0);
  call.close();
  await release(1);
  expect(call.answers()).toEqual([]);
  expect(ended.filter(([method]) => method === 'Exchange')).toEqual([['Exchange', 'LIMIT_EXCEEDED']]);
});

it('is not begun where there are too many', () => {
  const { call, register } = start({ refuses: true });
  call.arrive(request(1));
  expect(call).toMatchObject({ status: status.RESOURCE_EXHAUSTED, queued: 1, sentMessages: 0 });
  expect(register.size).toBe(0);
});

it.each([
  ['is begun when they are known', administrator, { status: undefined, isHeld: false, queued: 0, sentMessages: 2 }, 1],
  ['is never begun for nobody', nobody, { status: status.UNAUTHENTICATED, queued: 1, sentMessages: 0 }, 0],
] as const)('waits until it is loaded who calls, and %s', async (_, then, result, open) => {
  let isLoaded = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const missing = new Missing(() => promise.then(() => void (isLoaded = true)));
  const { call, register } = start({ identify: () => (isLoaded ? then() : missing) });
  call.arrive(request(1));
  expect(call).toMatchObject({ status: undefined, isHeld: true, queued: 1, sentMessages: 0 });
  expect(register.size).toBe(0);
  resolve();
  await new Promise((done) => setImmediate(done));
  expect(call).toMatchObject(result);
  expect(register.size).toBe(open);
});

it('is not begun when its connection ends while it is loaded who calls', async () => {
  let isLoaded = false;
  const missing = new Missing(async () => void (isLoaded = true));
  const { call, register, ended } = start({ identify: () => (isLoaded ? administrator() : missing) });
  call.close();
  await new Promise((done) => setImmediate(done));
  expect({ open: register.size, sent: call.sentMessages, ended }).toEqual({ open: 0, sent: 0, ended: [['Exchange', 'CANCELLED']] });
});

function nobody(): never {
  throw unauthenticated();
}

/** A message that `parse` below reads: id, field, and bytes to make it large. */
function request(id: number, field: number = callFields.GenerateRandom, bytes = 5): Buffer {
  const message = Buffer.alloc(bytes);
  message.writeUInt32BE(id, 0);
  message[4] = field;
  return message;
}

function parse(message: Buffer): ExchangeEnvelope {
  const id = { high: 0, low: message.readUInt32BE(0) };
  return {
    id,
    timeoutMs: undefined,
    requestField: message[4] ?? 0,
    requestOffset: 5,
    requestBytes: message.length - 5,
    refusal: undefined,
  };
}

/** A stream whose requests are answered with random bytes, at once or when the test says so. */
function start({ waits = false, responseBytes = 10, refuses = false, identify = (): Identity | Missing => administrator() } = {}) {
  const ended: [string, CallOutcome][] = [];
  const working: (() => void)[] = [];
  const register = new Set<ExchangeStream>();
  const inFlight = new InFlightBytes({ maxBytes: 64 * mebibyte, maxWaiting: 10, maxWaitMs: 1000 });
  const response = protocol.crypto.GenerateRandom.responseSerialize({ plaintext: Buffer.alloc(responseBytes) });
  const call = new FakeCall();
  const serve = exchange({
    answering: {
      pipeline: pipeline({
        identify,
        authority: authorityOver(),
        clock: { now: () => 0 },
        metrics: { callEnded: (method, outcome) => void ended.push([method, outcome]) },
        log: pino({ level: 'silent' }),
      }),
      encodeStatus: statusEncoder(serverProtocol),
      turn: { run: (step) => step(), afterwards: (step) => step() },
      inFlight,
      maxMessageBytes: 64 * mebibyte,
    },
    run: (_operation, _request, { permission }) => {
      permission.needsNone();
      return waits ? new Promise((resolve) => working.push(() => resolve(Buffer.from(response)))) : Buffer.from(response);
    },
    parse,
    now: () => 0,
    limits: { maxMessageBytes: 64 * mebibyte, maxPlaintextBytes: mebibyte, maxBatchItems: 100_000 },
    encodeRpcStatus: rpcStatusEncoder(serverProtocol),
    open: {
      add: (opened) => {
        if (refuses) throw new KmsError('THROTTLED', 'There are too many.');
        register.add(opened);
      },
      delete: (closed) => void register.delete(closed),
    },
  });
  serve(call);
  /** Lets the oldest works end. */
  const release = async (count: number) => {
    for (const done of working.splice(0, count)) done();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const releaseAll = async () => {
    while (working.length > 0) await release(working.length);
  };
  return { call, inFlight, ended, register, release, releaseAll };
}

/** What gRPC does: hands messages over when asked to, at once when it has them, and tells when answers have left. */
class FakeCall implements DirectCall {
  readonly headers = {};
  readonly credentials = ownersCredentials;
  readonly deadline = Infinity;
  readonly session = undefined;
  takesAnswers = true;
  holdBack = false;
  isHeld = false;
  status: status | undefined;
  readonly #sent: Buffer[] = [];
  readonly #untaken: (() => void)[] = [];
  readonly #queue: (Buffer | 'half-close')[] = [];
  #listener: CallListener | undefined;
  #isReadPending = false;

  get sentMessages(): number {
    return this.#sent.length;
  }

  get queued(): number {
    return this.#queue.length;
  }

  start(listener: CallListener): void {
    this.#listener = listener;
  }

  arrive(...messages: readonly Buffer[]): void {
    for (const message of messages) {
      this.#queue.push(message);
      this.deliver();
    }
  }

  halfClose(): void {
    this.#queue.push('half-close');
    this.deliver();
  }

  close(): void {
    this.#listener?.onClose();
  }

  /** As when a message of the caller is too long. */
  end(error: KmsError): void {
    this.#listener?.onEnded(error);
  }

  /** The caller takes one answer. */
  take(): void {
    this.#untaken.shift()?.();
  }

  /** As `id result`, without limits. */
  answers(): readonly string[] {
    const decoded = this.#sent.map((message) => protocol.crypto.Exchange.responseDeserialize(message));
    return decoded.filter(({ result }) => result !== 'limits').map(({ id, result }) => `${id} ${result}`);
  }

  hold(): void {
    this.isHeld = true;
  }

  startRead(): void {
    this.isHeld = false;
    this.#isReadPending = true;
    this.deliver();
  }

  deliver(): void {
    if (!this.#isReadPending || this.holdBack) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#isReadPending = false;
    if (next === 'half-close') this.#listener?.onReceiveHalfClose();
    else this.#listener?.onReceiveMessage(next);
  }

  sendMessage(message: Buffer, left: () => void): void {
    // Its memory is freed when it has left.
    this.#sent.push(Buffer.from(message));
    if (this.takesAnswers) left();
    else this.#untaken.push(left);
  }

  sendStatus(given: CallStatus): void {
    this.status = given === 'OK' ? status.OK : given.code;
  }
}
