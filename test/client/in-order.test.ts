import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Items } from '../../src/client/batch-reader.ts';
import { inOrder, type InOrderOptions } from '../../src/client/in-order.ts';

/** Numbers that are answered as they are, ten at once unless `options` say otherwise. */
function answered(source: Items<number>, options: Partial<InOrderOptions<number, number, number>> = {}) {
  return inOrder<number, number, number>(source, async () => ({
    parse: (item) => item,
    bytesOf: () => 1,
    fits: (items) => items <= 10,
    answer: async (batch) => batch,
    maxBatches: 3,
    signal: undefined,
    ...options,
  }));
}

async function all<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  const taken: Result[] = [];
  for await (const result of results) taken.push(result);
  return taken;
}

function* upTo(count: number): Generator<number> {
  for (let item = 0; item < count; item += 1) yield item;
}

describe('in order', () => {
  test('however long each batch takes', async () => {
    const answer = async (batch: readonly number[]) => {
      await setTimeout(Math.random() * 10);
      return batch;
    };
    expect(await all(answered(upTo(200), { answer }))).toEqual([...upTo(200)]);
  });

  test('batches are as large as fits, by items and by bytes', async () => {
    const sizes: number[] = [];
    const answer = async (batch: readonly number[]) => {
      sizes.push(batch.length);
      return batch;
    };
    await all(answered(upTo(25), { answer }));
    await all(answered([5, 5, 1, 30, 2, 2], { answer, bytesOf: (item) => item, fits: (_, bytes) => bytes <= 10 }));
    expect(sizes).toEqual([10, 10, 5, 2, 1, 1, 2]);
  });

  test('a million items: what is read and not taken is bounded, however slow the one who takes', async () => {
    const itemsAtOnce = 1000;
    const counts = { read: 0, taken: 0, atWork: 0, greatestAhead: 0, greatestAtWork: 0 };
    function* source() {
      for (; counts.read < 1_000_000; counts.read += 1) {
        counts.greatestAhead = Math.max(counts.greatestAhead, counts.read - counts.taken);
        yield counts.read;
      }
    }
    const answer = async (batch: readonly number[]) => {
      counts.atWork += 1;
      counts.greatestAtWork = Math.max(counts.greatestAtWork, counts.atWork);
      await setTimeout(0);
      counts.atWork -= 1;
      return batch;
    };
    for await (const item of answered(source(), { answer, fits: (items) => items <= itemsAtOnce })) {
      if (item !== counts.taken) throw new Error(`${item} came as number ${counts.taken}.`);
      counts.taken += 1;
      if (counts.taken % 100_000 === 0) await setTimeout(100);
    }
    expect(counts.taken).toBe(1_000_000);
    expect(counts.greatestAtWork).toBe(3);
    // Three batches at work or done, one that is handed out, one that is read, and the item that did not fit.
    expect(counts.greatestAhead).toBeLessThanOrEqual(5 * itemsAtOnce + 1);
    expect(counts.greatestAhead).toBeGreaterThan(3 * itemsAtOnce);
  });
});

describe('a source', () => {
  /** Tells whether it was asked to clean up. */
  class Source {
    ended = false;

    async *numbers(pauseMs: number, failsAt = Infinity): AsyncGenerator<number> {
      try {
        for (let item = 0; ; item += 1) {
          if (pauseMs > 0) await setTimeout(pauseMs);
          if (item === failsAt) throw new Error('disk');
          yield item;
        }
      } finally {
        this.ended = true;
      }
    }
  }

  test('that is slow gives small batches, soon', async () => {
    const sizes: number[] = [];
    const answer = async (batch: readonly number[]) => {
      sizes.push(batch.length);
      return batch;
    };
    for await (const item of answered(new Source().numbers(7), { answer })) if (item === 9) break;
    expect(sizes.length).toBeGreaterThan(3);
  });

  test.each([0, 2])('that fails: what came before is answered first (a pause of %d ms)', async (pauseMs) => {
    const results: number[] = [];
    const iteration = async () => {
      for await (const item of answered(new Source().numbers(pauseMs, 25))) results.push(item);
    };
    await expect(iteration).rejects.toThrow('disk');
    expect(results).toEqual([...upTo(25)]);
  });

  test('that gives what is no item ends the iteration, after what came before', async () => {
    const parse = (item: number) => {
      if (item === 12) throw new TypeError('no item');
      return item;
    };
    const results: number[] = [];
    const iteration = async () => {
      for await (const item of answered(upTo(20), { parse })) results.push(item);
    };
    await expect(iteration).rejects.toThrow('no item');
    expect(results).toEqual([...upTo(12)]);
  });

  test.each([0, 2])('cleans up when nobody takes more (a pause of %d ms)', async (pauseMs) => {
    const source = new Source();
    for await (const item of answered(source.numbers(pauseMs))) if (item === 3) break;
    await expect.poll(() => source.ended).toBe(true);
  });

  test('cleans up when an answer fails', async () => {
    const source = new Source();
    const answer = async () => {
      throw new Error('refused');
    };
    await expect(all(answered(source.numbers(0), { answer }))).rejects.toThrow('refused');
    expect(source.ended).toBe(true);
  });

  test('that never comes to an end is not waited for', async () => {
    async function* stuck(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    for await (const item of answered(stuck())) {
      expect(item).toBe(1);
      break;
    }
  });
});

test('who stops early stops what is at work', async () => {
  const stopped: boolean[] = [];
  const answer = async (batch: readonly number[], stop: AbortSignal) => {
    if (batch[0] !== 0) stop.addEventListener('abort', () => stopped.push(true));
    if (batch[0] !== 0) await setTimeout(60_000, undefined, { signal: stop });
    return batch;
  };
  for await (const item of answered(upTo(1000), { answer })) if (item === 9) break;
  expect(stopped.length).toBeGreaterThan(0);
});
