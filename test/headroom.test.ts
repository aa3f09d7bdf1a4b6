import { expect, it } from 'vitest';
import { allocateWithHeadroom, hasHeadroom, prefixed } from '../src/headroom.ts';

it('puts what goes before a message into its own memory, more than once', () => {
  const message = allocateWithHeadroom(100);
  message.fill(7);
  const [once, twice] = [prefixed(Buffer.from('inner'), message.subarray(0, 90)), Buffer.from('outer')];
  const all = prefixed(twice, once);
  expect(all.equals(Buffer.concat([Buffer.from('outerinner'), Buffer.alloc(90, 7)]))).toBe(true);
  expect(all.buffer).toBe(message.buffer);
  expect(hasHeadroom(all)).toBe(true);
});

it('copies a message that has no room, or not enough, and leaves what is before it alone', () => {
  const neighbours = Buffer.from('neighbourmessage');
  const pooled = neighbours.subarray(9);
  expect(hasHeadroom(pooled)).toBe(false);
  expect(prefixed(Buffer.from('my '), pooled).toString()).toBe('my message');
  expect(neighbours.toString()).toBe('neighbourmessage');

  const message = allocateWithHeadroom(1).fill(7);
  const large = Buffer.alloc(100, 1);
  expect(prefixed(large, message)).toEqual(Buffer.concat([large, message]));
});
