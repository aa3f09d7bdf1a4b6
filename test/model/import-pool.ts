import { constants, createPublicKey, publicEncrypt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { currentImportKey } from '../../src/control-plane/import-key.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { keyIdBytes } from '../../src/keyring/material-table.ts';
import type { Row } from '../../src/storage/store.ts';
import { openService } from '../e2e/in-process-service.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { MemoryContents, openMemoryStore } from '../fakes/memory-store.ts';

/**
 * A store that was opened once, and import tokens for keys to be. An RSA key pair takes a long time to make, so that all
 * sequences begin with copies of this store and share its tokens, which outlast every clock.
 */
export interface ImportPool {
  readonly keyIds: readonly ReturnType<typeof newKeyId>[];
  /** By key, then token: each imports once in one sequence. */
  readonly tokens: readonly (readonly ImportToken[])[];
  readonly copyOfContents: () => MemoryContents;
  readonly secretsDirectory: string;
}

export interface ImportToken {
  readonly token: Uint8Array;
  readonly publicKey: ReturnType<typeof createPublicKey>;
}

export async function makeImportPool(folder: string, { keys, tokensPerKey }: { keys: number; tokensPerKey: number }) {
  const secretsDirectory = join(folder, 'secrets');
  const contents = new MemoryContents();
  const service = await openService({
    store: openMemoryStore({ contents }),
    secretsDirectory,
    clock: new ManualClock(firstMoment),
  });
  const importKeyId = await currentImportKey(service.controlPlane);
  const keyIds = Array.from({ length: keys }, newKeyId);
  const tokens: ImportToken[][] = keyIds.map(() => []);
  for (const [index, keyId] of keyIds.entries()) {
    for (let made = 0; made < tokensPerKey; made++) {
      const { token, publicKey } = await service.table.createImportToken({
        importKeyId,
        keyId: keyIdBytes(keyId),
        wrappingAlgorithm: 1,
        wrappingKeyBits: 2048,
        expiresAt: farFuture,
      });
      tokens[index]!.push({ token, publicKey: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }) });
    }
  }
  service.table.close();
  const copyOfContents = () => {
    const copy = new MemoryContents();
    copy.counter = contents.counter;
    for (const [key, row] of contents.rows) if (row.kind !== 'mark') copy.rows.set(key, everlasting(row));
    return copy;
  };
  return { keyIds, tokens, copyOfContents, secretsDirectory } satisfies ImportPool;
}

/** 32 bytes of material, wrapped as a caller does it. */
export function wrap({ publicKey }: Pick<ImportToken, 'publicKey'>, material: Buffer): Buffer {
  return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, material);
}

function everlasting(row: Row): Row {
  return row.kind === 'import-key' ? { ...row, createdAt: farFuture } : row;
}

function newKeyId() {
  const keyId = parseKeyId(randomUUID());
  if (keyId === undefined) throw new Error('A UUID that was just made is none.');
  return keyId;
}

export const firstMoment = Date.UTC(2030, 0, 1);
const farFuture = 8_000_000_000_000;
