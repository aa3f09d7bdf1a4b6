import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadProtocol } from '../src/client/protocol.ts';
import { readMetrics } from '../test/e2e/metrics-page.ts';
import { grpcFrame } from './grpc-frame.ts';
import { newKey } from './new-key.ts';
import { offerLoad } from './h2load.ts';
import { cores } from './machine.ts';
import type { Effort, Measured } from './measurement.ts';
import { inTurns, moreIsBetter, result } from './result.ts';
import { withServer } from './with-server.ts';

/** Encrypt of 256 B as one message among many on a stream of Exchange, against Encrypt as a call, in the same process. */
export async function measureExchangeSingleItem({ rounds, quick }: Effort): Promise<Measured> {
  return withServer(async ({ directory, server, latchkey }) => {
    const encrypt = { key_id: await newKey(latchkey), plaintext: randomBytes(256), encryption_context: { purpose: 'benchmark' } };
    const one = join(directory, 'one');
    const many = join(directory, 'many');
    await writeFile(one, grpcFrame(Encrypt.requestSerialize(encrypt)));
    const frames = Array.from({ length: perStream }, (_, index) =>
      grpcFrame(Exchange.requestSerialize({ id: index + 1, encrypt })),
    );
    await writeFile(many, Buffer.concat(frames));

    const requests = (quick ? 2 : 20) * perStream;
    const perCpuSecond = async (work: () => Promise<number>): Promise<number> => {
      const before = await server.cpuMicroseconds();
      await work();
      return requests / (((await server.cpuMicroseconds()) - before) / 1e6);
    };
    const streams = { core: cores().load, connections: 2, streams: 2, calls: requests / perStream };
    const calls = { core: cores().load, connections: 4, streams: 50, calls: requests };
    const { address, token } = server;
    const sides = {
      ours: () => perCpuSecond(() => offerLoad({ body: many, address, token, method: Exchange.path }, streams)),
      denominator: () => perCpuSecond(() => offerLoad({ body: one, address, token, method: Encrypt.path }, calls)),
    };
    await inTurns(2, sides);
    const measured = await inTurns(rounds, sides);
    const answered = (await readMetrics(server.metricsAddress)).value('latchkey_calls_total{method="Encrypt",reason="OK"}');
    const asked = 2 * (rounds + 2) * requests;
    return { results: [result(figure, measured)], checks: { replies_verified: 0, replies_bad: asked - answered } };
  });
}

const { Encrypt, Exchange } = loadProtocol().crypto;
/** Messages in the body of one stream. */
const perStream = 1000;
const figure = {
  name: 'exchange.single-item',
  unit: 'operations per CPU second',
  denominator: 'Encrypt as a unary call',
  aim: { least_ratio: 4 },
  ratioOf: moreIsBetter,
};
