import { expect, it } from 'vitest';
import { freeBytes } from '../../src/grpc/free-bytes.ts';

const mebibyte = 1024 * 1024;

it('frees a large buffer, also when it is most of another', () => {
  for (const from of [0, 5, 100_000]) {
    const all = Buffer.allocUnsafe(mebibyte);
    const bytes = all.subarray(from);
    freeBytes(bytes);
    expect([all.length, bytes.length]).toEqual([0, 0]);
  }
});

it('lets alone what is small, and what is the smaller part of something else', () => {
  const small = Buffer.alloc(100);
  const pooled = Buffer.from('pooled');
  const all = Buffer.allocUnsafe(mebibyte);
  for (const bytes of [small, pooled, all.subarray(0, 70_000), Buffer.alloc(0)]) freeBytes(bytes);
  expect([small.length, pooled.length, all.length]).toEqual([100, 6, mebibyte]);
});
