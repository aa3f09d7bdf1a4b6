import { describe, expect, it } from 'vitest';
import type { ItemVerdicts } from '../../src/crypto/item-verdicts.ts';
import { ItemDecisions } from '../../src/data-plane/item-decisions.ts';
import { Missing, untilLoaded } from '../../src/keyring/missing.ts';
import { NotLoaded } from '../../src/permission/call-facts.ts';

describe('decisions about many items', () => {
  it('that take no time are made at once, and none where values do not matter', () => {
    const items = new ItemDecisions(() => 1);
    expect(items.verdicts(deciding(3, 0), inTime)).toEqual(verdicts(3));
    expect(items.verdicts(undefined, inTime)).toBeUndefined();
  });

  it('let others have a turn between', async () => {
    const items = new ItemDecisions(() => 1);
    let others = 0;
    let isOver = false;
    const another = (): void => {
      others += 1;
      if (!isOver) setImmediate(another);
    };
    another();
    expect(await decided(items, () => deciding(10, 2))).toEqual(verdicts(10));
    isOver = true;
    expect(others).toBeGreaterThanOrEqual(9);
  });

  it('are made again when something has changed meanwhile, and in one turn when that does not end', async () => {
    let counter = 1;
    let begun = 0;
    const items = new ItemDecisions(() => counter);
    const changing = function* () {
      begun += 1;
      const result = yield* deciding(4, 2, () => (counter += 1));
      return result;
    };
    expect(await decided(items, changing)).toEqual(verdicts(4));
    expect(begun).toBe(4);
  });

  it('load what a policy asks for, and end with the time of the call', async () => {
    let isLoaded = false;
    const load = () => Promise.resolve(void (isLoaded = true));
    const needing = function* () {
      yield* deciding(1, 2);
      if (!isLoaded) throw new NotLoaded(new Missing(load));
      return yield* deciding(2, 2);
    };
    expect(await decided(new ItemDecisions(() => 1), needing)).toEqual(verdicts(2));
    const timeIsUp = () => {
      throw new Error('Time is up.');
    };
    await expect(decided(new ItemDecisions(() => 1), () => deciding(3, 2), timeIsUp)).rejects.toThrow('Time is up.');
  });
});

type Deciding = Generator<undefined, ItemVerdicts, undefined>;

/** As a batch does. */
async function decided(items: ItemDecisions, begin: () => Deciding, requireTime: () => void = inTime): Promise<unknown> {
  const look = () => items.verdicts(begin(), requireTime);
  const found = look();
  return found instanceof Missing ? untilLoaded(found, look, inTime) : found;
}

/** So many decisions, each of which takes so many milliseconds. */
function* deciding(count: number, ms: number, after: () => unknown = inTime): Deciding {
  for (let made = 0; made < count; made++) {
    const begun = performance.now();
    while (performance.now() - begun < ms);
    after();
    yield;
  }
  return verdicts(count);
}

function verdicts(count: number): ItemVerdicts {
  return { numbers: new Uint16Array(count), errors: [] };
}

function inTime(): void {
  // There is time.
}
