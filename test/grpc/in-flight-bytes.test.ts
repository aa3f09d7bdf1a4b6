import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { InFlightBytes } from '../../src/grpc/in-flight-bytes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('grants at once what fits, up to the last byte', () => {
  const { inFlight, ask, events } = start();
  ask('a', 60);
  ask('b', 40);
  expect(events).toEqual(['a granted', 'b granted']);
  expect(inFlight).toMatchObject({ used: 100, waiting: 0 });
});

it('lets the rest wait, and grants it in the order of asking', () => {
  const { inFlight, ask, events } = start();
  inFlight.take(90);
  ask('large', 50);
  // It would fit, but not before its turn: else a large one would never get its.
  ask('small', 10);
  expect(events).toEqual([]);
  inFlight.release(40);
  expect(events).toEqual(['large granted']);
  inFlight.release(50);
  expect(events).toEqual(['large granted', 'small granted']);
  expect(inFlight).toMatchObject({ used: 60, waiting: 0 });
});

it('counts over the limit what is in memory anyway', () => {
  const { inFlight, ask, events } = start();
  inFlight.take(150);
  ask('a', 1);
  inFlight.release(50);
  expect(events).toEqual([]);
  inFlight.release(1);
  expect(events).toEqual(['a granted']);
});

it('grants what is larger than the limit when nothing else is in memory', () => {
  const { inFlight, ask, events } = start();
  inFlight.take(1);
  ask('huge', 1000);
  expect(events).toEqual([]);
  inFlight.release(1);
  expect(events).toEqual(['huge granted']);
});

it('refuses at once when too many wait', () => {
  const { inFlight, ask, events } = start();
  inFlight.take(100);
  for (const name of ['a', 'b', 'c']) ask(name, 10);
  expect(events).toEqual(['c refused']);
  inFlight.release(100);
  expect(events).toEqual(['c refused', 'a granted', 'b granted']);
});

it('refuses what has waited too long, and grants what waited behind it', () => {
  const { inFlight, ask, events } = start();
  inFlight.take(50);
  ask('large', 80);
  vi.advanceTimersByTime(600);
  ask('small', 50);
  vi.advanceTimersByTime(400);
  expect(events).toEqual(['small granted', 'large refused']);
  expect(inFlight).toMatchObject({ used: 100, waiting: 0 });
});

it('forgets what is withdrawn, and grants what waited behind it', () => {
  const { inFlight, ask, events } = start();
  inFlight.take(50);
  const withdraw = ask('large', 80);
  ask('small', 50);
  withdraw();
  expect(events).toEqual(['small granted']);
  withdraw();
  expect(inFlight).toMatchObject({ used: 100, waiting: 0 });
});

it('withdraws nothing that was granted or refused', () => {
  const { inFlight, ask, events } = start();
  ask('a', 100)();
  const waiting = ask('b', 10);
  vi.advanceTimersByTime(1000);
  waiting();
  expect(events).toEqual(['a granted', 'b refused']);
  expect(inFlight).toMatchObject({ used: 100, waiting: 0 });
});

it('bears that a grant asks and releases again', () => {
  const { inFlight, ask, events } = start();
  inFlight.take(100);
  ask('a', 60, () => {
    inFlight.release(60);
    ask('c', 100);
  });
  ask('b', 60);
  inFlight.release(100);
  expect(events).toEqual(['a granted', 'b granted']);
  inFlight.release(60);
  expect(events).toEqual(['a granted', 'b granted', 'c granted']);
  expect(inFlight).toMatchObject({ used: 100, waiting: 0 });
});

it('lets who holds memory and needs more go before the others, who wait for what it holds', () => {
  const { inFlight, ask, askForMore, events } = start();
  inFlight.take(90);
  ask('next', 50);
  askForMore('more', 10);
  expect(events).toEqual(['more granted']);
  askForMore('yet more', 20);
  inFlight.release(30);
  ask('last', 1);
  expect(events).toEqual(['more granted', 'yet more granted']);
  inFlight.release(50);
  expect(events).toEqual(['more granted', 'yet more granted', 'next granted', 'last granted']);
});

it('grants the others nothing while who needs more does not get it', () => {
  const { inFlight, ask, askForMore, events } = start();
  inFlight.take(90);
  const withdraw = askForMore('more', 20);
  ask('small', 5);
  expect(events).toEqual([]);
  withdraw();
  expect(events).toEqual(['small granted']);
});

/** Room for 100 bytes and two that wait, for a second at most. */
function start() {
  const inFlight = new InFlightBytes({ maxBytes: 100, maxWaiting: 2, maxWaitMs: 1000 });
  const events: string[] = [];
  const ask = (name: string, bytes: number, then: () => void = () => undefined) =>
    inFlight.request(bytes, {
      granted: () => {
        events.push(`${name} granted`);
        then();
      },
      refused: () => void events.push(`${name} refused`),
    });
  const askForMore = (name: string, bytes: number) =>
    inFlight.requestMore(bytes, {
      granted: () => void events.push(`${name} granted`),
      refused: () => void events.push(`${name} refused`),
    });
  return { inFlight, ask, askForMore, events };
}
