import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frameHeaderBytes, grpcFrame } from './grpc-frame.ts';
import { newKey } from './new-key.ts';
import { type Target, offerLoad, timeCalls } from './h2load.ts';
import { cores } from './machine.ts';
import type { Effort, Measured } from './measurement.ts';
import { type Result, type Round, inTurns, lessIsBetter, moreIsBetter, numbers, percentile, result } from './result.ts';
import { emptyMethod } from './server-messages.ts';
import { type EncryptRequest, answeredWithOk, callsPerCpuSecond, encrypt, sampledReplies, verifyReplies } from './unary-calls.ts';
import { type Bench, withServer } from './with-server.ts';

/** Encrypt of 256 B through gRPC, against a handler in the same process that does nothing. */
export async function measureUnaryEncrypt(effort: Effort): Promise<Measured> {
  return withServer((bench) => measure(bench, effort));
}

async function measure({ directory, server, latchkey }: Bench, { rounds, quick }: Effort): Promise<Measured> {
  const request: EncryptRequest = {
    key_id: await newKey(latchkey),
    plaintext: randomBytes(256),
    encryption_context: { purpose: 'benchmark' },
  };
  const body = join(directory, 'request');
  await writeFile(body, grpcFrame(encrypt.requestSerialize(request)));
  const encrypting: Target = { body, address: server.address, token: server.token, method: encrypt.path };
  const empty: Target = { body, address: server.emptyAddress, method: emptyMethod };
  const calls = quick ? 500 : 40_000;

  // Warms up both, and gives the empty handler replies of the same size.
  const frameBytes = Math.round((await offerLoad(encrypting, { ...busy, calls })) / calls);
  if (frameBytes <= frameHeaderBytes) throw new Error('Encrypt under load answers with errors.');
  await server.answerEmptyWith(frameBytes - frameHeaderBytes);
  await offerLoad(empty, { ...busy, calls });

  const serve = async (target: Target): Promise<Served> => ({
    callsPerCpuSecond: await callsPerCpuSecond({ calls, frameBytes, offer: () => offerLoad(target, { ...busy, calls }) }, server),
    microseconds: await timeCalls(target, { ...oneByOne, calls: calls / 10 }, join(directory, 'times')),
  });
  let verified = 0;
  const served = await inTurns(rounds, {
    ours: async () => {
      verified += await verifyReplies(request, latchkey);
      return serve(encrypting);
    },
    denominator: () => serve(empty),
  });

  const asked = calls + rounds * (calls + calls / 10 + sampledReplies);
  const bad = asked - (await answeredWithOk(server)) + (rounds * sampledReplies - verified);
  return { results: results(served), checks: { replies_verified: verified, replies_bad: bad } };
}

/** What one side did in one round. */
interface Served {
  readonly callsPerCpuSecond: number;
  /** Of calls one by one, each from the request's start to its reply. */
  readonly microseconds: readonly number[];
}

function results(served: readonly Round<Served>[]): Result[] {
  const name = 'unary.encrypt.256B';
  const denominator = 'empty gRPC handler, same process and messages';
  const throughput = { name, unit: 'calls per CPU second', denominator, aim: { least_ratio: 0.95 }, ratioOf: moreIsBetter };
  const time = (share: number) =>
    result(
      { name: `${name}.p${share * 100}`, unit: 'µs, one call at a time', denominator, aim: null, ratioOf: lessIsBetter },
      numbers(served, ({ microseconds }) => percentile(microseconds, share)),
    );
  return [
    result(
      throughput,
      numbers(served, (side) => side.callsPerCpuSecond),
    ),
    time(0.5),
    time(0.99),
  ];
}

const { load: core } = cores();
const busy = { core, connections: 4, streams: 50 };
const oneByOne = { core, connections: 1, streams: 1 };
