import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadProtocol } from '../src/client/protocol.ts';
import { readMetrics } from '../test/e2e/metrics-page.ts';
import { frameHeaderBytes, grpcFrame } from './grpc-frame.ts';
import { type Target, keepBusy, offerLoad, timeCalls } from './h2load.ts';
import { cores } from './machine.ts';
import type { Effort, Measured } from './measurement.ts';
import { newKey } from './new-key.ts';
import { inTurns, lessIsBetter, percentile, result } from './result.ts';
import { emptyMethod } from './server-messages.ts';
import { type Bench, withServer } from './with-server.ts';

/**
 * How long the slowest of a hundred Encrypt calls takes while another client sends batches of 16 MiB without pause, against
 * the same calls while it sends the same bytes to a handler that only answers as many.
 */
export async function measureUnaryUnderBatches(effort: Effort): Promise<Measured> {
  return withServer((bench) => measure(bench, effort));
}

async function measure({ directory, server, latchkey }: Bench, { rounds, quick }: Effort): Promise<Measured> {
  const key_id = await newKey(latchkey);
  const write = async (name: string, message: Buffer): Promise<string> => {
    const file = join(directory, name);
    await writeFile(file, grpcFrame(message));
    return file;
  };
  const plaintexts = Array.from({ length: items }, () => randomBytes(itemBytes));
  const batch = await write('batch', BatchEncrypt.requestSerialize({ key_id, plaintexts }));
  const one = await write('one', Encrypt.requestSerialize({ key_id, plaintext: randomBytes(256) }));
  const batches: Target = { body: batch, address: server.address, token: server.token, method: BatchEncrypt.path, headers };
  const raw: Target = { body: batch, address: server.bulkAddress, method: emptyMethod, headers };
  const probe: Target = { body: one, address: server.address, token: server.token, method: Encrypt.path };

  const replyBytes = (await offerLoad(batches, { ...single, calls: warmUps })) / warmUps;
  if (replyBytes < items * itemBytes) throw new Error('BatchEncrypt under load answers with errors.');
  await server.answerEmptyWith(replyBytes - frameHeaderBytes);
  await offerLoad(raw, { ...single, calls: warmUps });

  const calls = quick ? 20 : 300;
  const besides = async (load: Target): Promise<number> => {
    const background = keepBusy(load, core);
    try {
      const times = await timeCalls(probe, { ...single, streams: 100, calls, perSecond: 100 }, join(directory, 'times'));
      return percentile(times, 0.99);
    } finally {
      await background.stop();
    }
  };
  const measured = await inTurns(rounds, { ours: () => besides(batches), denominator: () => besides(raw) });

  const metrics = await readMetrics(server.metricsAddress);
  const ended = (method: string) => metrics.value(`latchkey_calls_total{method="${method}",reason="OK"}`);
  // Without a batch in each round, this would not be what it says; a quick one has no time for it.
  if (!quick && ended('BatchEncrypt') < warmUps + rounds) throw new Error('The batches were not answered.');
  const bad = 2 * rounds * calls - ended('Encrypt');
  return { results: [result(figure, measured)], checks: { replies_verified: 0, replies_bad: bad } };
}

const { Encrypt, BatchEncrypt } = loadProtocol().crypto;
const headers = [`latchkey-max-reply-bytes: ${64 * 1024 * 1024}`];
const items = 16 * 1024;
const itemBytes = 1024;
const warmUps = 5;
const { load: core } = cores();
const single = { core, connections: 1, streams: 1 };
const figure = {
  name: 'unary.p99.under-batches',
  unit: 'µs',
  denominator: 'the same beside a raw echo of the same bytes',
  aim: { least_ratio: 0.77 },
  ratioOf: lessIsBetter,
};
