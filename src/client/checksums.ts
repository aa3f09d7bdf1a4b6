import { crc32c } from './crc32c.ts';
import { LatchkeyError } from './latchkey-error.ts';

/**
 * The request with the CRC-32C of its payload, which the server checks before it does anything. A checksum that the caller set
 * stays. Throws TypeError for a payload that is not bytes: protobufjs would take a string for base64.
 */
export function withChecksum<Request extends object>(request: Request): Request {
  const checksums: Record<string, number> = {};
  for (const field of payloadFields) {
    const payload: unknown = Reflect.get(request, field);
    if (payload === undefined) continue;
    if (!(payload instanceof Uint8Array)) throw new TypeError(`${field} is bytes: pass a Buffer or a Uint8Array.`);
    checksums[checksumOf(field)] = crc32c(payload);
  }
  return { ...checksums, ...request };
}

/** Throws when a payload of the response is not what the server sent. */
export function verifyChecksums(response: object): void {
  for (const field of payloadFields) {
    const payload: unknown = Reflect.get(response, field);
    if (payload instanceof Uint8Array && Reflect.get(response, checksumOf(field)) !== crc32c(payload)) {
      throw new LatchkeyError(`The answer was damaged on its way: ${field} does not match its checksum. Repeat the call.`, {
        reason: undefined,
        code: 'DATA_LOSS',
      });
    }
  }
}

function checksumOf(field: (typeof payloadFields)[number]): string {
  return `${field}_crc32c`;
}

/** In requests and responses alike, a payload's checksum is the field with `_crc32c` behind its name. */
const payloadFields = ['plaintext', 'ciphertext_blob'] as const;
