import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProtocol } from '../src/client/protocol.ts';
import { answerOf, emptyMethod, microsecondsPerCall } from './handler-calls.ts';
import { openInProcessService } from './in-process-service.ts';
import { type Effort, type Measured, noReplies } from './measurement.ts';
import { inTurns, result } from './result.ts';

/** CPU time that Encrypt of 256 B adds to an empty handler: both called as gRPC calls them, without a network. */
export async function measureUnaryAdded({ rounds, quick }: Effort): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const service = await openInProcessService(directory);
  const method = service.method('Encrypt');
  try {
    const fields = { key_id: await service.newKey(), plaintext: randomBytes(256), encryption_context: { purpose: 'benchmark' } };
    const request = loadProtocol().crypto.Encrypt.requestSerialize(fields);
    // The first call loads the key; those after it wait for nothing.
    const empty = emptyMethod(Buffer.alloc((await answerOf(method, request)).length));
    const turns = quick ? 10 : 1000;
    const sides = {
      ours: () => microsecondsPerCall(method, request, turns),
      denominator: () => microsecondsPerCall(empty, request, turns),
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

/** The aim is for the added time itself, so the ratio is the aim over it. */
const maxMicroseconds = 4;
const figure = {
  name: 'unary.encrypt.added',
  unit: 'µs of CPU per call, added',
  denominator: 'empty handler, in process',
  aim: { greatest_value: maxMicroseconds },
  ratioOf: ({ ours }: { ours: number }) => maxMicroseconds / ours,
};
