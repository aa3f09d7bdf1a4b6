import { KmsError } from '../../src/errors.ts';
import { InFlightBytes } from '../../src/grpc/in-flight-bytes.ts';
import { MessageGate } from '../../src/grpc/message-gate.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { statusEncoder } from '../../src/grpc/status.ts';
import type { CallOutcome } from '../../src/metrics.ts';
import { FakeHttp2Stream } from '../fakes/fake-http2-stream.ts';

const mebibyte = 1024 * 1024;
const encodeStatus = statusEncoder(loadProtocol());

/** A gate over streams that the test drives: room for 8 MiB and two that wait; messages up to 2 MiB. */
export function startGate() {
  let now = 0;
  const refused: [string, CallOutcome][] = [];
  const inFlight = new InFlightBytes({ maxBytes: 8 * mebibyte, maxWaiting: 2, maxWaitMs: 10_000 });
  const gate = new MessageGate({
    inFlight,
    maxMessageBytes: 2 * mebibyte,
    maxRequestBytes: (path) => (path === '/short' ? 1000 : 2 * mebibyte),
    elapsed: () => now,
    encodeStatus,
    refused: (path, error) => void refused.push([path, error instanceof KmsError ? error.reason : error.outcome]),
    longLived: new Set(['/long/lived']),
  });
  return {
    inFlight,
    refused,
    gate,
    open: (path = '/unary') => {
      const stream = new FakeHttp2Stream();
      gate.pass(stream.asServerStream, path);
      return stream;
    },
    setTime: (elapsed: number) => {
      now = elapsed;
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
      gate.sweep();
    },
  };
}
