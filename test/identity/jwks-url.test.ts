import type { RequestListener } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JwksUrl, type JwksUrlBounds } from '../../src/identity/jwks-url.ts';
import { verifyJwt } from '../../src/identity/oidc-issuer.ts';
import { unauthenticated } from '../../src/identity/unauthenticated.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { issuerWith, type IssuerKey, newKey, second, serveHttp, signed } from './jwt-issuer.ts';

const bounds = { refreshMs: 600_000, cooldownMs: 30_000, maxAgeMs: 86_400_000, maxBytes: 10_000 };

let first: IssuerKey;
let next: IssuerKey;
beforeAll(async () => {
  first = await newKey('first');
  next = await newKey('next');
});

let closes: (() => void)[] = [];
let clock = new ManualClock(0);
let events: string[] = [];
let fetches = 0;
beforeEach(() => {
  clock = new ManualClock(0);
  events = [];
  fetches = 0;
});
afterEach(() => {
  for (const close of closes.splice(0)) close();
});

/** A source over what `answer` says, which a test may change. */
function sourceOf(answer: { now: RequestListener }, timeoutMs = 30_000): Promise<JwksUrl> {
  return sourceWith({ ...bounds, timeoutMs }, answer);
}

/** With the bounds of a server, if there are none. */
async function sourceWith(chosen: JwksUrlBounds | undefined, answer: { now: RequestListener }): Promise<JwksUrl> {
  const { url, close } = await serveHttp((request, response) => {
    fetches += 1;
    answer.now(request, response);
  });
  closes.push(close);
  const report = {
    reloaded: () => events.push('reloaded'),
    broken: (_: string, problem: string) => events.push(problem),
  };
  return new JwksUrl({ url, clock, report, ...(chosen && { bounds: chosen }) });
}

const keys =
  (...published: readonly IssuerKey[]): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }));
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(code, headers).end(JSON.stringify({ keys: [first.jwk] }));
const hang: RequestListener = () => {};
/** Sends a byte now and then, for ever. */
const trickle: RequestListener = (_, response) => {
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};
const huge: RequestListener = (_, response) => {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(1000, 0x20)));
  };
  response.on('drain', more);
  more();
};

const verify = async (source: JwksUrl, token: string): Promise<string> =>
  (await verifyJwt(token, issuerWith(source), second * 1000)).identity.path;
const path = 'user/oidc/corp/alice@example.org';

describe('keys at an address', () => {
  it('are fetched once for all who wait for them', async () => {
    const source = await sourceOf({ now: keys(first) });
    const tokens = Array.from({ length: 50 }, () => signed(first));
    expect(new Set(await Promise.all(tokens.map((token) => verify(source, token))))).toEqual(new Set([path]));
    expect(fetches).toBe(1);
  });

  it('are fetched again for a key that is not among them, but not before the cooldown is over', async () => {
    const answer = { now: keys(first) };
    const source = await sourceOf(answer);
    await verify(source, signed(first));
    answer.now = keys(first, next);
    clock.advance(29_999);
    await expect(verify(source, signed(next))).rejects.toThrow(unauthenticated().message);
    expect(fetches).toBe(1);
    clock.advance(1);
    expect(await verify(source, signed(next))).toBe(path);
    expect(fetches).toBe(2);
    expect(events).toEqual(['reloaded', 'reloaded']);
  });

  it('cost one fetch for each cooldown, however many key ids a caller makes up', async () => {
    const source = await sourceOf({ now: keys(first) });
    await verify(source, signed(first));
    for (let round = 0; round < 4; round++) {
      const made = Array.from({ length: 50 }, (_, index) => signed(first, {}, { kid: `${round}-${index}` }));
      const outcomes = await Promise.allSettled(made.map((token) => verify(source, token)));
      expect(outcomes.filter(({ status: outcome }) => outcome === 'fulfilled')).toEqual([]);
      clock.advance(15_000);
    }
    expect(fetches).toBe(2);
  });

  it('cost one fetch for each cooldown while there is no answer, too', async () => {
    const source = await sourceOf({ now: status(503) });
    for (let round = 0; round < 6; round++) {
      await expect(verify(source, signed(first))).rejects.toThrow(unauthenticated().message);
      clock.advance(10_000);
    }
    expect(fetches).toBe(2);
  });

  it('are fetched again at an age, while those that are there are used', async () => {
    const answer = { now: keys(first) };
    const source = await sourceOf(answer);
    await verify(source, signed(first));
    answer.now = keys(next);
    clock.advance(600_000);
    expect(await verify(source, signed(first))).toBe(path);
    await expect.poll(() => events).toEqual(['reloaded', 'reloaded']);
    await expect(verify(source, signed(first))).rejects.toThrow(unauthenticated().message);
  });

  it('are the same object when nothing has changed, so that nothing has to be verified again', async () => {
    const source = await sourceOf({ now: keys(first) });
    const before = await source.newer(undefined);
    clock.advance(600_000);
    expect(source.current()).toBe(before);
    await expect.poll(() => fetches).toBe(2);
    expect(await source.newer(before)).toBeUndefined();
    expect(source.current()).toBe(before);
  });

  it('go on being used while the issuer is out of reach, up to a day', async () => {
    const answer = { now: keys(first) };
    const source = await sourceWith(undefined, answer);
    await verify(source, signed(first));
    answer.now = status(500);
    clock.advance(86_399_999);
    expect(await verify(source, signed(first))).toBe(path);
    await expect.poll(() => events).toEqual(['reloaded', 'it is answered with the status 500']);
    clock.advance(1);
    await expect(verify(source, signed(first))).rejects.toThrow(unauthenticated().message);
    answer.now = keys(first);
    clock.advance(30_000);
    expect(await verify(source, signed(first))).toBe(path);
    expect(events).toEqual(['reloaded', 'it is answered with the status 500', 'reloaded']);
  });

  it.each([
    ['hang', hang, 'it cannot be fetched: no answer in time'],
    ['never end', trickle, 'it cannot be fetched: no answer in time'],
    ['are huge', huge, 'it is longer than 10000 bytes'],
    ['are elsewhere', status(302, { location: 'http://127.0.0.1:1/' }), 'it is answered with the status 302'],
    ['are missing', status(404), 'it is answered with the status 404'],
    ['are no JSON', (_, response) => response.end('<html>'), 'it is not JSON'],
    [
      'are cut off',
      (_, response) => response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
      'it cannot be fetched: aborted',
    ],
  ] as [string, RequestListener, string][])('that %s leave those that were there', async (_, broken, problem) => {
    const answer = { now: keys(first) };
    // Only what never ends is to run into it.
    const source = await sourceOf(answer, [hang, trickle].includes(broken) ? 500 : undefined);
    await verify(source, signed(first));
    answer.now = broken;
    clock.advance(30_000);
    await expect(verify(source, signed(next))).rejects.toThrow(unauthenticated().message);
    expect(events).toEqual(['reloaded', problem]);
    expect(await verify(source, signed(first))).toBe(path);
  });

  it('that cannot be fetched are reported once', async () => {
    const answer = { now: status(500) };
    const source = await sourceOf(answer);
    for (let round = 0; round < 3; round++) {
      await source.newer(source.current());
      clock.advance(30_000);
    }
    answer.now = status(404);
    await source.newer(source.current());
    expect(events).toEqual(['it is answered with the status 500', 'it is answered with the status 404']);
  });
});
