import { type BatchOperation, type CryptoOperation, type UnaryOperation, batchOperations, operations } from '../crypto/native.ts';
import { answerBatch } from '../data-plane/batch.ts';
import { type DataPlane, type Operation, answer } from '../data-plane/data-plane.ts';
import { decrypt } from '../data-plane/decrypt.ts';
import { describeCiphertext } from '../data-plane/describe-ciphertext.ts';
import { encrypt } from '../data-plane/encrypt.ts';
import { generateDataKey, generateDataKeyWithoutPlaintext } from '../data-plane/generate-data-key.ts';
import { generateRandom } from '../data-plane/generate-random.ts';
import { reEncrypt } from '../data-plane/re-encrypt.ts';
import type { Caller } from '../pipeline.ts';
import type { DirectMethod } from './direct-call.ts';
import { directUnary } from './direct-unary.ts';
import type { Answering } from './answering.ts';

/** CryptoService without its stream, by method: the bytes of requests and responses pass through as they are. */
export function cryptoMethods(run: RunOperation, answering: Answering): ReadonlyMap<string, DirectMethod> {
  return new Map(operations.map((name) => [name, directUnary(name, (request, caller) => run(name, request, caller), answering)]));
}

/** The work of one request, whichever way it came. */
export function runOperation(plane: DataPlane): RunOperation {
  return (name, request, caller) => {
    const call = { request, plane, caller };
    return isBatch(name) ? answerBatch(name, call) : answer(unaryOperations[name], call);
  };
}

function isBatch(name: CryptoOperation): name is BatchOperation {
  return batches.has(name);
}

export type RunOperation = (name: CryptoOperation, request: Buffer, caller: Caller) => Buffer | Promise<Buffer>;

const unaryOperations = {
  Encrypt: encrypt,
  Decrypt: decrypt,
  ReEncrypt: reEncrypt,
  GenerateDataKey: generateDataKey,
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
  GenerateRandom: generateRandom,
  DescribeCiphertext: describeCiphertext,
} as const satisfies Record<UnaryOperation, Operation>;
const batches: ReadonlySet<string> = new Set(batchOperations);
