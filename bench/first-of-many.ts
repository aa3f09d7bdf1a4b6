import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProtocol } from '../src/client/protocol.ts';
import type { KeyId } from '../src/keys/key-id.ts';
import { answerOf, microsecondsPerCall } from './handler-calls.ts';
import { type InProcessService, openInProcessService } from './in-process-service.ts';
import type { Effort, Measured } from './measurement.ts';
import { inTurns, lessIsBetter, result } from './result.ts';

/** Decrypt with the first of 10 000 backing keys of a key, all of them in memory, beside Decrypt with the only one of another. */
export async function measureFirstOfMany({ rounds, quick }: Effort): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const service = await openInProcessService(directory);
  try {
    const old = await firstOf(quick ? 20 : 10_000, service);
    const only = await firstOf(1, service);
    const method = service.method('Decrypt');
    const turns = quick ? 10 : 1000;
    const sides = {
      ours: () => microsecondsPerCall(method, old, turns),
      denominator: () => microsecondsPerCall(method, only, turns),
    };

    await inTurns(2, sides);
    return {
      results: [result(figure, await inTurns(rounds, sides))],
      checks: { replies_verified: (await opens(old, service)) + (await opens(only, service)), replies_bad: 0 },
    };
  } finally {
    await service.close();
    await rm(directory, { recursive: true });
  }
}

/** A request to decrypt what the first of so many backing keys of a new key encrypted. Every one of them has been used. */
async function firstOf(count: number, service: InProcessService): Promise<Buffer> {
  const keyId = await service.newKey();
  const first = await decryptRequest(keyId, service);
  for (let sequence = 2; sequence <= count; sequence++) {
    await service.rotate(keyId);
    await opens(await decryptRequest(keyId, service), service);
  }
  return first;
}

async function decryptRequest(key_id: KeyId, service: InProcessService): Promise<Buffer> {
  const request = Encrypt.requestSerialize({ key_id, plaintext });
  const { ciphertext_blob } = Encrypt.responseDeserialize(await answerOf(service.method('Encrypt'), request));
  return Decrypt.requestSerialize({ ciphertext_blob });
}

/** 1; throws when the ciphertext does not give back the plaintext. */
async function opens(request: Buffer, service: InProcessService): Promise<1> {
  const reply = Decrypt.responseDeserialize(await answerOf(service.method('Decrypt'), request));
  if (!plaintext.equals(reply.plaintext)) throw new Error('A ciphertext does not give back its plaintext.');
  return 1;
}

const { Encrypt, Decrypt } = loadProtocol().crypto;
const plaintext = randomBytes(256);
const figure = {
  name: 'decrypt.first-of-10000',
  unit: 'µs of CPU per call',
  denominator: 'Decrypt with the only backing key of another key',
  aim: { least_ratio: 0.95 },
  ratioOf: lessIsBetter,
};
