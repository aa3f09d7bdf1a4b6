import { EventEmitter } from 'node:events';
import type { ServerHttp2Session } from 'node:http2';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endWithAge } from '../../src/grpc/connection-age.ts';

let events: string[];

beforeEach(() => {
  events = [];
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('announces the end at its age, a tenth more or less, and ends half a minute later', () => {
  const began = Date.now();
  open({ maxAgeMs: 3_600_000 });
  vi.advanceTimersByTime(3_240_000 - 1);
  expect(events).toEqual([]);
  while (events.length === 0) vi.advanceTimersByTime(1_000);
  expect(Date.now() - began).toBeLessThanOrEqual(3_961_000);
  expect(events).toEqual(['drain 30000', 'goaway', 'close']);
  vi.advanceTimersByTime(31_000);
  expect(events.at(-1)).toBe('destroy');
});

it('ends with what is left of a life, and announces it before', () => {
  open({ maxAgeMs: 3_600_000, lifeMs: 120_000 });
  vi.advanceTimersByTime(88_999);
  expect(events).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(events).toEqual(['drain 30000', 'goaway', 'close']);
  vi.advanceTimersByTime(30_999);
  expect(events).toHaveLength(3);
  vi.advanceTimersByTime(1);
  expect(events.at(-1)).toBe('destroy');
});

it('announces the end of a short life at its half', () => {
  open({ maxAgeMs: 3_600_000, lifeMs: 10_000 });
  vi.advanceTimersByTime(5_000);
  expect(events).toEqual(['drain 4000', 'goaway', 'close']);
  vi.advanceTimersByTime(5_000);
  expect(events.at(-1)).toBe('destroy');
});

it('does not end at once what may live for longer than timers do', () => {
  const session = open({ maxAgeMs: 30 * 86_400_000, lifeMs: 365 * 86_400_000 });
  vi.advanceTimersByTime(20 * 86_400_000);
  expect(events).toEqual([]);
  session.emit('close');
});

it('says nothing to a connection that is gone', () => {
  const session = open({ maxAgeMs: 1_000 });
  Object.assign(session, { destroyed: true });
  vi.advanceTimersByTime(5_000);
  expect(events).toEqual(['destroy']);
});

function open(ages: { maxAgeMs: number; lifeMs?: number }): EventEmitter {
  const session = Object.assign(new EventEmitter(), {
    destroyed: false,
    goaway: () => events.push('goaway'),
    ping: (answered: () => void) => answered(),
    close: () => events.push('close'),
    destroy: () => events.push('destroy'),
  });
  const exchanges = { drain: (graceMs: number) => void events.push(`drain ${graceMs}`) };
  endWithAge(session as unknown as ServerHttp2Session, { ...ages, exchanges });
  return session;
}
