import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadProtocol } from '../src/client/protocol.ts';
import { internals } from '../test/native/internals.ts';
import { frameHeaderBytes, grpcFrame } from './grpc-frame.ts';
import { newKey } from './new-key.ts';
import { type Target, offerLoad } from './h2load.ts';
import { cores } from './machine.ts';
import type { Effort, Measured } from './measurement.ts';
import { type Result, type Round, inTurns, moreIsBetter, numbers, result } from './result.ts';
import { emptyMethod, objectItems, objectsMethod } from './server-messages.ts';
import { type Bench, withServer } from './with-server.ts';

/** Batches of 1 000 items of 256 B through gRPC: CPU time of the server, against what transport and cipher alone take. */
export async function measureBatchCalls(effort: Effort): Promise<Measured> {
  return withServer((bench) => measure(bench, effort));
}

async function measure({ directory, server, latchkey }: Bench, { rounds, quick }: Effort): Promise<Measured> {
  const key_id = await newKey(latchkey);
  const plaintexts = Array.from({ length: objectItems.items }, () => randomBytes(objectItems.bytes));
  const { ciphertext_blobs } = await latchkey.crypto.batchEncrypt({ key_id, plaintexts });
  const opened = await latchkey.crypto.batchDecrypt({ ciphertext_blobs });
  const verified = opened.plaintexts.filter((plaintext, index) => plaintexts[index]?.equals(plaintext)).length;

  const calls = quick ? 4 : 200;
  const cpuOf = async (asked: Target): Promise<number> => {
    const before = await server.cpuMicroseconds();
    await offerLoad(asked, { core: cores().load, connections: 2, streams: 2, calls });
    return ((await server.cpuMicroseconds()) - before) / (calls * objectItems.items);
  };
  const results: Result[] = [];
  const encrypt = await target(crypto.BatchEncrypt, { key_id, plaintexts }, { directory, server });
  const decrypt = await target(crypto.BatchDecrypt, { ciphertext_blobs }, { directory, server });
  for (const { name, ours } of [
    { name: 'encrypt', ours: encrypt },
    { name: 'decrypt', ours: decrypt },
  ]) {
    await server.answerEmptyWith(
      (await offerLoad(ours, { core: cores().load, connections: 1, streams: 1, calls: 4 })) / 4 - frameHeaderBytes,
    );
    const transport = { body: ours.body, address: server.bulkAddress, method: emptyMethod };
    const sides = {
      ours: () => cpuOf(ours),
      denominator: async () => (await cpuOf(transport)) + kernelMicroseconds(name === 'decrypt'),
    };
    await inTurns(quick ? 1 : 2, sides);
    results.push(...figures(`batch.${name}.1000x256B`, await inTurns(rounds, sides)));
  }
  const objects = { body: encrypt.body, address: server.bulkAddress, method: objectsMethod };
  const sides = { ours: () => cpuOf(encrypt), denominator: () => cpuOf(objects) };
  await inTurns(quick ? 1 : 2, sides);
  results.push(result(againstObjects, numbers(await inTurns(rounds, sides), itemsPerSecond)));
  return { results, checks: { replies_verified: verified, replies_bad: plaintexts.length - verified } };
}

/** Both as throughput, beside its denominator, and as the time that an item takes. */
function figures(name: string, rounds: readonly Round<number>[]): Result[] {
  const denominator = 'gRPC transport alone for the same bytes, plus the native batch alone';
  const throughput = { name, unit: 'items per CPU second', denominator, aim: { least_ratio: 0.75 }, ratioOf: moreIsBetter };
  const time = {
    name: `${name}.cpu`,
    unit: 'µs of CPU per item',
    denominator,
    aim: { greatest_value: maxMicroseconds },
    ratioOf: aimed,
  };
  return [result(throughput, numbers(rounds, itemsPerSecond)), result(time, rounds)];
}

function aimed({ ours }: Round<number>): number {
  return maxMicroseconds / ours;
}

function itemsPerSecond(microseconds: number): number {
  return 1e6 / microseconds;
}

/** CPU time that an item takes natively, in this process. */
function kernelMicroseconds(decrypt: boolean): number {
  const rounds = 100;
  const { cpuNanoseconds } = internals.batchLoop({ ...objectItems, rounds, column: false, decrypt });
  return cpuNanoseconds / 1000 / (rounds * objectItems.items);
}

/** Writes the frame of a request to a file, for h2load. */
async function target<Request>(
  method: { readonly path: string; readonly requestSerialize: (request: Request) => Buffer },
  request: Request,
  { directory, server }: Pick<Bench, 'directory' | 'server'>,
): Promise<Target> {
  const body = join(directory, method.path.replaceAll('/', '.'));
  await writeFile(body, grpcFrame(method.requestSerialize(request)));
  return { body, address: server.address, token: server.token, method: method.path };
}

const { crypto } = loadProtocol();
const maxMicroseconds = 3.5;
const againstObjects = {
  name: 'batch.encrypt.proto-loader',
  unit: 'items per CPU second',
  denominator: 'an equal handler with the objects of proto-loader',
  aim: { least_ratio: 2 },
  ratioOf: moreIsBetter,
};
