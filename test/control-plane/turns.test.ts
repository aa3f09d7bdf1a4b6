import { expect, it } from 'vitest';
import { Turns } from '../../src/control-plane/turns.ts';

it('others get a turn between steps that take long, and between many that do not', async () => {
  let others = 0;
  let isOver = false;
  const another = (): void => {
    others += 1;
    if (!isOver) setImmediate(another);
  };
  another();
  const turns = new Turns();
  for (let step = 0; step < 5; step++) {
    busy(3);
    await turns.next();
  }
  expect(others).toBeGreaterThanOrEqual(4);
  others = 0;
  const begun = performance.now();
  while (performance.now() - begun < 30) await turns.next();
  expect(others).toBeGreaterThanOrEqual(5);
  isOver = true;
});

function busy(ms: number): void {
  const begun = performance.now();
  while (performance.now() - begun < ms);
}
