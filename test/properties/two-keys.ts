import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createKey } from '../../src/control-plane/create-key.ts';
import { KmsError } from '../../src/errors.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { bytesField, mapEntry, message, readBytesFields } from '../e2e/protobuf-bytes.ts';
import { openMemoryStore } from '../fakes/memory-store.ts';
import { plainKey } from '../fakes/plain-key.ts';

/** Pairs as they stand in the request, in this order, duplicates and all. */
export type Pairs = readonly (readonly [key: string | Uint8Array, value: string | Uint8Array])[];

/** The service in process with two keys, for properties that need many calls. Requests are written by hand. */
export interface TwoKeys {
  readonly service: Service;
  readonly keyId: string;
  readonly otherKeyId: string;
  encrypt(plaintext: Uint8Array, context?: Pairs): Promise<Buffer>;
  decrypt(ciphertext: Uint8Array, context?: Pairs, keyId?: string): Promise<Buffer>;
}

export function useTwoKeys(): TwoKeys {
  let opened: { service: Service; keyId: string; otherKeyId: string; folder: string } | undefined;
  const current = () => {
    if (opened === undefined) throw new Error('The keys are not there yet: use them inside a test.');
    return opened;
  };
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-properties-'));
    const service = await openService({ store: openMemoryStore(), secretsDirectory: join(folder, 'secrets') });
    opened = { service, keyId: await newKeyId(service), otherKeyId: await newKeyId(service), folder };
  });
  afterAll(async () => {
    if (opened === undefined) return;
    opened.service.table.close();
    await rm(opened.folder, { recursive: true });
  });

  return {
    get service() {
      return current().service;
    },
    get keyId() {
      return current().keyId;
    },
    get otherKeyId() {
      return current().otherKeyId;
    },
    encrypt: async (plaintext, context = []) => {
      const request = message(
        bytesField(1, current().keyId),
        bytesField(2, plaintext),
        ...context.map(([key, value]) => mapEntry(3, key, value)),
      );
      return bytesOf(await current().service.run('Encrypt', request), 3);
    },
    decrypt: async (ciphertext, context = [], keyId) => {
      const named = keyId === undefined ? [] : [bytesField(3, keyId)];
      const request = message(bytesField(1, ciphertext), ...context.map(([key, value]) => mapEntry(2, key, value)), ...named);
      return bytesOf(await current().service.run('Decrypt', request), 3);
    },
  };
}

/** What an operation is refused with. Throws when it succeeds. */
export async function refused(operation: Promise<unknown>): Promise<Pick<KmsError, 'reason' | 'message'>> {
  try {
    await operation;
  } catch (error) {
    if (error instanceof KmsError) return { reason: error.reason, message: error.message };
    throw error;
  }
  throw new Error('The operation was expected to be refused and succeeded.');
}

export async function newKeyId(service: Service): Promise<string> {
  const { key } = await createKey(plainKey, service.controlPlane);
  return key.keyId;
}

function bytesOf(response: Buffer, field: number): Buffer {
  const bytes = readBytesFields(response).get(field);
  if (bytes === undefined) throw new Error(`The response has no field ${field}.`);
  return bytes;
}
