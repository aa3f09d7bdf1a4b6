import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InFlightBytes } from '../../src/grpc/in-flight-bytes.ts';

describe('memory for messages', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function memory() {
    const inFlight = new InFlightBytes({ maxBytes: 100, maxWaiting: 2, maxWaitMs: 1000 });
    const log: string[] = [];
    const ask = (name: string, bytes: number) =>
      inFlight.request(bytes, { granted: () => log.push(`${name} granted`), refused: () => log.push(`${name} refused`) });
    return { inFlight, log, ask };
  }

  it('is granted at once while there is enough', () => {
    const { inFlight, log, ask } = memory();
    ask('a', 60);
    ask('b', 40);
    expect(log).toEqual(['a granted', 'b granted']);
    expect(inFlight.used).toBe(100);
  });

  it('is granted in the order of asking, also to who would fit before', () => {
    const { inFlight, log, ask } = memory();
    ask('a', 60);
    ask('large', 80);
    ask('small', 10);
    expect(log).toEqual(['a granted']);
    inFlight.release(60);
    expect(log).toEqual(['a granted', 'large granted', 'small granted']);
    expect(inFlight.used).toBe(90);
  });

  it('is refused when too many wait, or the wait was too long', () => {
    const { inFlight, log, ask } = memory();
    ask('a', 100);
    ask('b', 1);
    vi.advanceTimersByTime(500);
    ask('c', 1);
    ask('d', 1);
    expect(log).toEqual(['a granted', 'd refused']);
    vi.advanceTimersByTime(500);
    expect(log).toEqual(['a granted', 'd refused', 'b refused']);
    inFlight.release(100);
    expect(log.at(-1)).toBe('c granted');
    vi.advanceTimersByTime(5000);
    expect(log).toHaveLength(4);
    expect(inFlight.used).toBe(1);
  });

  it('goes to the next when one withdraws', () => {
    const { inFlight, log, ask } = memory();
    ask('a', 50);
    const withdraw = ask('large', 80);
    ask('b', 50);
    withdraw();
    expect(log).toEqual(['a granted', 'b granted']);
    withdraw();
    expect(inFlight).toMatchObject({ used: 100, waiting: 0 });
  });

  it('lets what is larger than all of it through alone', () => {
    const { inFlight, log, ask } = memory();
    inFlight.take(1);
    ask('huge', 1000);
    expect(log).toEqual([]);
    inFlight.release(1);
    expect(log).toEqual(['huge granted']);
    ask('a', 1);
    inFlight.release(1000);
    expect(log).toEqual(['huge granted', 'a granted']);
  });
});
