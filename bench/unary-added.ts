import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { loadProtocol } from '../src/client/protocol.ts';
import { type Handler, openEncryptService } from './encrypt-handler.ts';
import { type Effort, type Measured, noReplies } from './measurement.ts';
import { inTurns, result } from './result.ts';

/** CPU time that Encrypt of 256 B adds to an empty handler: both called as gRPC calls them, without a network. */
export async function measureUnaryAdded({ rounds, quick }: Effort): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const service = await openEncryptService(directory);
  try {
    const request = { key_id: service.keyId, plaintext: randomBytes(256), encryption_context: { purpose: 'benchmark' } };
    const call = callWith(loadProtocol().crypto.Encrypt.requestSerialize(request));
    // The first call loads the key; those after it wait for nothing.
    const reply = Buffer.alloc((await answerOf(service.handler, call)).length);
    const empty: Handler = (_call, callback) => callback(null, reply);
    const turns = quick ? 10 : 1000;
    const sides = {
      ours: () => microsecondsPerCall(service.handler, call, turns),
      denominator: () => microsecondsPerCall(empty, call, turns),
    };

    await inTurns(2, sides);
    const measured = await inTurns(rounds, sides);
    const added = measured.map(({ ours, denominator }) => ({ ours: ours - denominator, denominator }));
    return { results: [result(figure, added)], checks: noReplies };
  } finally {
    await service.close();
    await rm(directory, { recursive: true });
  }
}

function answerOf(handler: Handler, call: Call): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  handler(call, (error, reply) => (reply ? resolve(reply) : reject(new Error('Encrypt failed.', { cause: error }))));
  return promise;
}

/**
 * Calls arrive by the hundred in one turn of the event loop, as they do under load. CPU time is that of all threads, so that
 * collecting the garbage of a call counts too.
 */
async function microsecondsPerCall(handler: Handler, call: Call, turns: number): Promise<number> {
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
function callWith(request: Buffer): Call {
  return { request, cancelled: false, getDeadline: () => Infinity } as Partial<Call> as Call;
}

const callsPerTurn = 100;

/** The aim is for the added time itself, so the ratio is the aim over it. */
const aim = 4;
const figure = {
  name: 'unary.encrypt.added',
  unit: 'µs of CPU per call, added',
  denominator: 'empty handler, in process',
  aim,
  ratioOf: ({ ours }: { ours: number }) => aim / ours,
};
