import { EventEmitter } from 'node:events';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { beforeEach, expect, it } from 'vitest';
import { Strangers } from '../../src/grpc/strangers.ts';

let strangers: Strangers;
let ended: string[];
beforeEach(() => {
  strangers = new Strangers({ maxConnections: 3, maxStreams: 3 });
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

it('of too many streams, the connection with the most ends, and closed ones do not count', () => {
  const [few, many] = [session('few'), session('many')];
  for (const each of [few, many]) strangers.add(each, undefined);
  const closed = new EventEmitter();
  expect(strangers.addStream(few, closed as ServerHttp2Stream)).toBe(false);
  closed.emit('close');
  const outcomes = [few, many, many, few].map((each) => strangers.addStream(each, new EventEmitter() as ServerHttp2Stream));
  expect([outcomes, ended]).toEqual([[false, false, false, true], ['few']]);
  expect(strangers.addStream(few, new EventEmitter() as ServerHttp2Stream)).toBe(false);
  for (let count = 0; count < 2; count++) strangers.addStream(many, new EventEmitter() as ServerHttp2Stream);
  expect(ended).toEqual(['few', 'many']);
});

it('streams of a connection that is somebody’s do not count', () => {
  const [mine, other] = [session('mine'), session('other')];
  for (const each of [mine, other]) strangers.add(each, undefined);
  for (let count = 0; count < 3; count++) strangers.addStream(mine, new EventEmitter() as ServerHttp2Stream);
  strangers.delete(mine);
  for (let count = 0; count < 3; count++) expect(strangers.addStream(other, new EventEmitter() as ServerHttp2Stream)).toBe(false);
  expect(ended).toEqual([]);
});

function added(name: string, address: string | undefined): boolean {
  return strangers.add(session(name), address);
}

function session(name: string): ServerHttp2Session {
  return { destroy: () => void ended.push(name) } as unknown as ServerHttp2Session;
}
