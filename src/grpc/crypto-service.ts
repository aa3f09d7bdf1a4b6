import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { type CryptoOperation, operations } from '../crypto/native.ts';
import { type DataPlane, type Operation, answer } from '../data-plane/data-plane.ts';
import { decrypt } from '../data-plane/decrypt.ts';
import { describeCiphertext } from '../data-plane/describe-ciphertext.ts';
import { encrypt } from '../data-plane/encrypt.ts';
import { generateDataKey, generateDataKeyWithoutPlaintext } from '../data-plane/generate-data-key.ts';
import { generateRandom } from '../data-plane/generate-random.ts';
import { reEncrypt } from '../data-plane/re-encrypt.ts';
import { type Answering, unaryHandler } from './unary.ts';

/** CryptoService: the bytes of requests and responses pass through as they are. */
export function cryptoHandlers(plane: DataPlane, answering: Answering): UntypedServiceImplementation {
  return Object.fromEntries(
    operations.map((name) => {
      const operation = dataPlaneOperations[name];
      return [
        name,
        unaryHandler<Buffer, Buffer>(
          name,
          (request, { requireTime }) => answer(operation, { request, plane, requireTime }),
          answering,
        ),
      ];
    }),
  );
}

const dataPlaneOperations = {
  Encrypt: encrypt,
  Decrypt: decrypt,
  ReEncrypt: reEncrypt,
  GenerateDataKey: generateDataKey,
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
  GenerateRandom: generateRandom,
  DescribeCiphertext: describeCiphertext,
} as const satisfies Record<CryptoOperation, Operation>;
