import { setImmediate } from 'node:timers/promises';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Handler } from './in-process-service.ts';

/** The reply; the first call of a key also loads it. */
export function answerOf(handler: Handler, call: Call): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  handler(call, (error, reply) => (reply ? resolve(reply) : reject(new Error('A call failed.', { cause: error }))));
  return promise;
}

/**
 * Calls arrive by the hundred in one turn of the event loop, as they do under load. CPU time is that of all threads, so that
 * collecting the garbage of a call counts too.
 */
export async function microsecondsPerCall(handler: Handler, call: Call, turns: number): Promise<number> {
  let answered = 0;
  const before = process.cpuUsage();
  for (let turn = 0; turn < turns; turn++) {
    for (let made = 0; made < callsPerTurn; made++) {
      handler(call, (error, reply) => {
        if (error === null && reply) answered += 1;
      });
    }
    await setImmediate();
  }
  const { user, system } = process.cpuUsage(before);
  const calls = turns * callsPerTurn;
  if (answered !== calls) throw new Error(`${calls - answered} of ${calls} calls were not answered in their turn.`);
  return (user + system) / calls;
}

type Call = ServerUnaryCall<Buffer, Buffer>;

/** What the handler reads of a call of gRPC. */
export function callWith(request: Buffer): Call {
  return { request, cancelled: false, getDeadline: () => Infinity } as Partial<Call> as Call;
}

const callsPerTurn = 100;
