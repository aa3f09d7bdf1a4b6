import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { turns } from '../../src/grpc/turn.ts';

it('runs everything that arrived in a turn, then takes what follows from it, each in order', async () => {
  const turn = turns();
  const done: string[] = [];
  for (const call of ['a', 'b', 'c']) {
    turn.run(() => {
      done.push(`run ${call}`);
      turn.afterwards(() => done.push(`answer ${call}`));
    });
  }
  expect(done).toEqual([]);
  await setImmediate();
  expect(done).toEqual(['run a', 'run b', 'run c', 'answer a', 'answer b', 'answer c']);
});

it('takes what follows at once when nothing runs', () => {
  const done: string[] = [];
  turns().afterwards(() => done.push('answer'));
  expect(done).toEqual(['answer']);
});

it('leaves what arrives meanwhile to the next turn', async () => {
  const turn = turns();
  const done: string[] = [];
  turn.run(() => {
    turn.run(() => done.push('later'));
    turn.afterwards(() => done.push('answer'));
  });
  await setImmediate();
  expect(done).toEqual(['answer']);
  await setImmediate();
  expect(done).toEqual(['answer', 'later']);
});
