import { expect, it } from 'vitest';
import { freeBytes } from '../../src/grpc/free-bytes.ts';
import { allocateWithHeadroom } from '../../src/headroom.ts';

const mebibyte = 1024 * 1024;

it('frees a large buffer, and what has room in front of it whatever part of that it is', () => {
  for (const bytes of [
    Buffer.allocUnsafe(mebibyte),
    allocateWithHeadroom(mebibyte),
    allocateWithHeadroom(mebibyte).subarray(0, 70_000),
  ]) {
    freeBytes(bytes);
    expect(bytes.length).toBe(0);
  }
});

it('lets alone what is small, and what is part of something else', () => {
  const small = Buffer.alloc(100);
  const pooled = Buffer.from('pooled');
  const all = Buffer.allocUnsafe(mebibyte);
  for (const bytes of [small, pooled, all.subarray(0, 70_000), all.subarray(5), Buffer.alloc(0)]) freeBytes(bytes);
  expect([small.length, pooled.length, all.length]).toEqual([100, 6, mebibyte]);
});
