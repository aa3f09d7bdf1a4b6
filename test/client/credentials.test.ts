import type { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ConnectOptions, connect, type Latchkey, LatchkeyError } from '../../src/client/connect.ts';
import { answerOf } from './fake-batches.ts';
import { Refusal } from './refusal.ts';
import { serve } from './serve.ts';
import type { ExchangeBehaviour } from './serve-exchange.ts';

const cleanups: (() => void)[] = [];
let seen: string[] = [];
beforeEach(() => {
  seen = [];
  // Whoever runs the tests may have a server with a token in this folder.
  vi.stubEnv('LATCHKEY_SECRETS_DIR', '/no-such-folder');
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A connection to a server that writes down what calls are authorized with. */
async function connected(options: ConnectOptions, exchange: ExchangeBehaviour = {}): Promise<Latchkey> {
  const answers = {
    GetServerInfo: () => ({}),
    BatchEncrypt: () => ({}),
    Exchange: (request: Parameters<typeof answerOf>[0]) => answerOf(request, [{ name: 'k', version: 1 }]),
  };
  const write = (name: string, metadata: Metadata): void => {
    seen.push([name, ...metadata.get('authorization')].join(' '));
  };
  const server = await serve(answers, undefined, exchange, { seen: write });
  const latchkey = connect({ ...options, address: server.address });
  cleanups.push(server.stop, () => latchkey.close());
  return latchkey;
}

async function encryptOne(latchkey: Latchkey): Promise<void> {
  for await (const { error } of latchkey.encryptMany([{ plaintext: Buffer.from('x') }], { keyId: 'k' })) {
    if (error !== undefined) throw error;
  }
}

const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('a token', () => {
  test('goes with every call', async () => {
    const latchkey = await connected({ token: 'lk_mine' });
    await latchkey.server.getServerInfo({});
    await latchkey.crypto.batchEncrypt({}, { maxReplyBytes: 1000 });
    await encryptOne(latchkey);
    expect(seen).toEqual(['GetServerInfo Bearer lk_mine', 'BatchEncrypt Bearer lk_mine', 'Exchange Bearer lk_mine']);
  });

  test('is not there without one', async () => {
    const latchkey = await connected({});
    await latchkey.server.getServerInfo({});
    await encryptOne(latchkey);
    expect(seen).toEqual(['GetServerInfo', 'Exchange']);
  });

  test('may be asked for before every call', async () => {
    let made = 0;
    const latchkey = await connected({
      token: () => {
        made += 1;
        return made % 2 === 0 ? `token-${made}` : Promise.resolve(`token-${made}`);
      },
    });
    await latchkey.server.getServerInfo({});
    await latchkey.server.getServerInfo({});
    await encryptOne(latchkey);
    // The stream is there already.
    await encryptOne(latchkey);
    expect(seen).toEqual(['GetServerInfo Bearer token-1', 'GetServerInfo Bearer token-2', 'Exchange Bearer token-3']);
  });

  test('that cannot be had fails the call as its source did, and the next call asks again', async () => {
    let failure: Error | undefined = new Error('The vault is closed.');
    const latchkey = await connected({
      token: async () => {
        if (failure !== undefined) throw failure;
        return 'open';
      },
    });
    expect(await failureOf(latchkey.server.getServerInfo({}))).toBe(failure);
    expect(await failureOf(encryptOne(latchkey))).toBe(failure);
    failure = undefined;
    await latchkey.server.getServerInfo({});
    await encryptOne(latchkey);
    expect(seen).toEqual(['GetServerInfo Bearer open', 'Exchange Bearer open']);
  });

  test('that does not come ends the call in its time', async () => {
    const latchkey = await connected({ token: () => new Promise(() => {}), timeoutMs: 50 });
    expect(await failureOf(latchkey.server.getServerInfo({}))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(await failureOf(encryptOne(latchkey))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(seen).toEqual([]);
  });

  test.each(['', 'two words', 'line\nfeed', 'zürich', 'a=b', 7, {}])(
    'that is none is refused, and not shown: %j',
    async (token) => {
      const error = await failureOf((async () => connect({ token: token as string }))());
      expect(error).toBeInstanceOf(TypeError);
      if (typeof token === 'string' && token !== '') expect((error as Error).message).not.toContain(token);
      const later = await connected({ token: () => token as string });
      expect(await failureOf(later.server.getServerInfo({}))).toBeInstanceOf(TypeError);
      expect(seen).toEqual([]);
    },
  );

  test.each(['192.0.2.1:50051', 'kms.example.org:50051', '[2001:db8::1]:50051', 'localhost.example.org:50051', '0.0.0.0:50051'])(
    'is not sent in the clear to %s',
    (address) => {
      expect(() => connect({ address, token: 'lk_mine' })).toThrow(TypeError);
      expect(() => connect({ address, token: () => 'lk_mine' })).toThrow(`A token is not sent to ${address} in the clear`);
      expect(() => connect({ address, token: 'lk_mine', tls: true }).close()).not.toThrow();
    },
  );

  test.each(['127.0.0.1:50051', '127.1.2.3:1', '[::1]:50051', 'localhost:50051', 'unix:/run/latchkey.sock'])(
    'is sent in the clear to %s',
    (address) => {
      expect(() => connect({ address, token: 'lk_mine' }).close()).not.toThrow();
    },
  );
});

describe('a stream whose token has ended', () => {
  /** Refuses the first requests, as a server does whose caller's token ended. */
  const expiring = (refusals: number): ExchangeBehaviour => {
    let left = refusals;
    return {
      fault: () => (left-- > 0 ? new Refusal('UNAUTHENTICATED', 'Ended.', { reason: 'UNAUTHENTICATED' }) : undefined),
    };
  };

  test('is opened again with another', async () => {
    const token = vi.fn<() => string>().mockReturnValueOnce('old').mockReturnValueOnce('new');
    await encryptOne(await connected({ token }, expiring(1)));
    expect(seen).toEqual(['Exchange Bearer old', 'Exchange Bearer new']);
  });

  test('is opened again once', async () => {
    const latchkey = await connected({ token: () => 'old' }, expiring(2));
    expect(await failureOf(encryptOne(latchkey))).toMatchObject({ reason: 'UNAUTHENTICATED', retryable: false });
    expect(seen).toHaveLength(2);
  });

  test('is not opened again with the same', async () => {
    const latchkey = await connected({ token: 'old' }, expiring(1));
    const error = await failureOf(encryptOne(latchkey));
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(error).toMatchObject({ reason: 'UNAUTHENTICATED', code: 'UNAUTHENTICATED' });
    expect(seen).toHaveLength(1);
  });

  test('that is refused as a whole is opened again with another, too', async () => {
    let refused = 0;
    const refuseStream = () =>
      refused++ === 0 ? new Refusal('UNAUTHENTICATED', 'Ended.', { reason: 'UNAUTHENTICATED' }) : undefined;
    await encryptOne(await connected({ token: async () => `token-${refused}` }, { refuseStream }));
    expect(seen).toEqual(['Exchange Bearer token-0', 'Exchange Bearer token-1']);
  });
});
