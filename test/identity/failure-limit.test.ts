import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureLimit } from '../../src/identity/failure-limit.ts';
import { ManualClock } from '../fakes/manual-clock.ts';

function limited({ burst = 3, perSecond = 1, maxAddresses = 100 } = {}) {
  const clock = new ManualClock(0);
  return { clock, limit: new FailureLimit(clock, { burst, perSecond, maxAddresses }) };
}

function fail(limit: FailureLimit, address: string, times: number): void {
  for (let time = 0; time < times; time++) limit.failed(address);
}

describe('a limit of failures', () => {
  it('lets an address try until it has failed too often, and again when that is forgiven', () => {
    const { clock, limit } = limited();
    fail(limit, '192.0.2.1', 2);
    expect(limit.waitMs('192.0.2.1')).toBeUndefined();
    limit.failed('192.0.2.1');
    expect(limit.waitMs('192.0.2.1')).toBe(1000);
    clock.advance(400);
    expect(limit.waitMs('192.0.2.1')).toBe(600);
    clock.advance(600);
    expect(limit.waitMs('192.0.2.1')).toBeUndefined();
    limit.failed('192.0.2.1');
    expect(limit.waitMs('192.0.2.1')).toBe(1000);
  });

  it('is of 20 at once and one each second, unless others are chosen', () => {
    const clock = new ManualClock(0);
    const limit = new FailureLimit(clock);
    fail(limit, '192.0.2.1', 19);
    expect(limit.waitMs('192.0.2.1')).toBeUndefined();
    limit.failed('192.0.2.1');
    expect(limit.waitMs('192.0.2.1')).toBe(1000);
    clock.advance(1000);
    expect(limit.waitMs('192.0.2.1')).toBeUndefined();
    limit.failed('192.0.2.1');
    expect(limit.waitMs('192.0.2.1')).toBe(1000);
  });

  it('makes nobody wait longer for failing on and on', () => {
    const { limit } = limited();
    fail(limit, '192.0.2.1', 1000);
    expect(limit.waitMs('192.0.2.1')).toBe(1000);
  });

  it('is of each address', () => {
    const { limit } = limited();
    fail(limit, '192.0.2.1', 3);
    fail(limit, '2001:db8::1', 3);
    expect(limit.waitMs('192.0.2.2')).toBeUndefined();
    expect(limit.waitMs('2001:db8:0:1::1')).toBeUndefined();
    expect(limit.waitMs('2001:db8::ffff')).toBe(1000);
    expect(limit.waitMs('::ffff:192.0.2.1')).toBe(1000);
  });

  it('does not see a clock that is set', () => {
    const { clock, limit } = limited();
    fail(limit, '192.0.2.1', 3);
    clock.jump(3_600_000);
    expect(limit.waitMs('192.0.2.1')).toBe(1000);
  });

  it('remembers no more addresses than its bound, and the latest of them', () => {
    const { limit } = limited({ maxAddresses: 100 });
    for (let network = 0; network < 10_000; network++) fail(limit, `2001:db8:${network.toString(16)}::1`, 3);
    expect(limit.size).toBe(100);
    expect(limit.waitMs('2001:db8:270f::1')).toBe(1000);
    expect(limit.waitMs('2001:db8:1::1')).toBeUndefined();
  });

  it('forgets the address whose last failure is the longest ago', () => {
    const { limit } = limited({ burst: 1, maxAddresses: 2 });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.3']) limit.failed(address);
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => limit.waitMs(address))).toEqual([1000, undefined, 1000]);
  });

  it('forgets what is forgiven, also when nobody fails any more', () => {
    const { clock, limit } = limited();
    for (let host = 0; host < 50; host++) limit.failed(`192.0.2.${host}`);
    clock.advance(999);
    limit.sweep();
    expect(limit.size).toBe(50);
    clock.advance(1);
    limit.sweep();
    expect(limit.size).toBe(0);
  });

  it('answers as a bucket that is counted failure by failure', () => {
    const step = fc.record({ address: fc.constantFrom('192.0.2.1', '192.0.2.2'), waitMs: fc.nat({ max: 3000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, limit } = limited();
        const fill = new Map<string, number>();
        for (const { address, waitMs } of steps) {
          clock.advance(waitMs);
          for (const [other, count] of fill) fill.set(other, Math.max(0, count - waitMs / 1000));
          const mayTry = (fill.get(address) ?? 0) + 1 <= 3 + 1e-9;
          expect(limit.waitMs(address) === undefined).toBe(mayTry);
          fill.set(address, Math.min(3, (fill.get(address) ?? 0) + 1));
          limit.failed(address);
        }
      }),
    );
  });
});
