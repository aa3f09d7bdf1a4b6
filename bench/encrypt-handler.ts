import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { systemClock } from '../src/clock.ts';
import { createKey } from '../src/control-plane/create-key.ts';
import { CryptoCalls } from '../src/crypto/crypto-calls.ts';
import { type NativeKeyTable, loadNativeAddon, operations } from '../src/crypto/native.ts';
import { answer } from '../src/data-plane/data-plane.ts';
import { encrypt } from '../src/data-plane/encrypt.ts';
import type { Malformed } from '../src/grpc/malformed.ts';
import { turns } from '../src/grpc/turn.ts';
import { unaryHandler } from '../src/grpc/unary.ts';
import { parseKeyId } from '../src/keys/key-id.ts';
import { Keyring } from '../src/keyring/keyring.ts';
import { MaterialTable } from '../src/keyring/material-table.ts';
import { rowSeal } from '../src/keyring/row-seal.ts';
import { unlock } from '../src/keyring/unlock.ts';
import { openLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { pipeline } from '../src/pipeline.ts';
import { rootKeyFile } from '../src/root-key/root-key-file.ts';
import { openSqliteStore } from '../src/storage/sqlite/open-sqlite-store.ts';

export type Handler = handleUnaryCall<Buffer | Malformed, Buffer>;

export interface EncryptService {
  /** What gRPC calls for Encrypt, with everything behind it. It throws where the real one answers with an error. */
  readonly handler: Handler;
  /** Id of a key to encrypt with. */
  readonly keyId: string;
  close(): Promise<void>;
}

/** Encrypt, wired as in src/main.ts over a new store in `directory`, without a gRPC server before it. */
export async function openEncryptService(directory: string): Promise<EncryptService> {
  const addon = loadNativeAddon();
  const table = new addon.KeyTable({ capacity: 1000, maxPlaintextBytes: 1024 * 1024 });
  const store = await openSqliteStore({ dataDirectory: join(directory, 'data') });
  const { domainKeyId } = await unlock(store, rootKeyFile(table, join(directory, 'secrets')), { table, now: systemClock.now() });
  const seal = rowSeal(table, domainKeyId, (kind, primaryKey) => fail(new Error(`The row ${kind} ${primaryKey} was refused.`)));
  const keyring = new Keyring({ store, seal, materials: new MaterialTable(table), scope });

  const plane = { keyring, calls: new CryptoCalls(table), scope };
  const answering = {
    pipeline: pipeline({ clock: systemClock, metrics: metricsOf(table), log: openLog('silent') }),
    encodeStatus: fail,
    turn: turns(),
  };
  const { key } = await createKey(newKey, { keyring, store, seal, table, domainKeyId, clock: systemClock, newKeyId });
  return {
    handler: unaryHandler<Buffer, Buffer>(
      'Encrypt',
      (request, { requireTime }) => answer(encrypt, { request, plane, requireTime }),
      answering,
    ),
    keyId: key.keyId,
    close: async () => {
      await store.close();
      table.close();
    },
  };
}

function metricsOf(table: NativeKeyTable) {
  return createMetrics({
    methods: operations,
    keyTable: () => ({ operationNames: operations, ...table.stats() }),
    keysByState: () => Promise.resolve({}),
  });
}

function newKeyId() {
  return parseKeyId(randomUUID()) ?? fail(new Error('A UUID that was just made is none.'));
}

function fail(error: unknown): never {
  throw error;
}

const newKey = {
  description: '',
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  clientToken: undefined,
} as const;
const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' };
