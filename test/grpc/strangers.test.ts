import type { ServerHttp2Session } from 'node:http2';
import { beforeEach, expect, it } from 'vitest';
import { Strangers } from '../../src/grpc/strangers.ts';

let strangers: Strangers;
let ended: string[];
beforeEach(() => {
  strangers = new Strangers(3);
  ended = [];
});

it('the address with the most loses its oldest, and others lose nothing', () => {
  expect(added('a1', '192.0.2.1')).toBe(false);
  for (const name of ['b1', 'b2']) expect(added(name, '2001:db8::1')).toBe(false);
  expect(added('b3', '2001:db8::ffff')).toBe(true);
  expect(added('b4', '2001:db8::1')).toBe(true);
  expect(ended).toEqual(['b1', 'b2']);
});

it('what is gone, or is somebody’s, takes no place and is not ended', () => {
  const first = session('a1');
  strangers.add(first, undefined);
  strangers.delete(first);
  strangers.delete(first);
  for (const name of ['b1', 'b2', 'b3']) expect(added(name, undefined)).toBe(false);
  for (let count = 0; count < 5; count++) strangers.endOne();
  expect(ended).toEqual(['b1', 'b2', 'b3']);
});

function added(name: string, address: string | undefined): boolean {
  return strangers.add(session(name), address);
}

function session(name: string): ServerHttp2Session {
  return { destroy: () => void ended.push(name) } as unknown as ServerHttp2Session;
}
