import { EventEmitter } from 'node:events';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { expect, it } from 'vitest';
import { WatchLimit } from '../../src/grpc/watch-limit.ts';

const headers = { ':path': '/grpc.health.v1.Health/Watch' };

it('beyond the bound on all connections a Watch is refused, and other calls are not', () => {
  const limit = new WatchLimit(2);
  const streams = [streamOf({}), streamOf({}), streamOf({})];
  expect(streams.map((stream) => limit.refused(stream, headers))).toEqual([false, false, true]);
  expect(streams.map(({ answered }) => answered)).toEqual([[], [], ['8']]);
  expect(limit.refused(streamOf({}), { ':path': '/grpc.health.v1.Health/Check' })).toBe(false);
  streams[0]?.emit('close');
  expect(limit.refused(streamOf({}), headers)).toBe(false);
});

function streamOf(session: object): ServerHttp2Stream & { readonly answered: string[] } {
  const answered: string[] = [];
  const respond = (fields: Readonly<Record<string, unknown>>) => void answered.push(String(fields['grpc-status']));
  const stream = Object.assign(new EventEmitter(), {
    session: session as Http2Session,
    answered,
    respond,
    resume: () => undefined,
  });
  return stream as unknown as ServerHttp2Stream & { readonly answered: string[] };
}
