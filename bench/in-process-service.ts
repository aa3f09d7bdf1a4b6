import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import { createKey } from '../src/control-plane/create-key.ts';
import { rotateKeyOnDemand } from '../src/control-plane/rotate-key-on-demand.ts';
import { BatchCalls } from '../src/crypto/batch-calls.ts';
import { CryptoCalls } from '../src/crypto/crypto-calls.ts';
import { type NativeKeyTable, loadNativeAddon, operations } from '../src/crypto/native.ts';
import { runOperation } from '../src/grpc/crypto-service.ts';
import type { DirectMethod } from '../src/grpc/direct-call.ts';
import { directUnary } from '../src/grpc/direct-unary.ts';
import { InFlightBytes } from '../src/grpc/in-flight-bytes.ts';
import { loadProtocol } from '../src/grpc/protocol.ts';
import { rpcStatusEncoder } from '../src/grpc/status.ts';
import { turns } from '../src/grpc/turn.ts';
import { type KeyId, parseKeyId } from '../src/keys/key-id.ts';
import { Keyring } from '../src/keyring/keyring.ts';
import { MaterialTable } from '../src/keyring/material-table.ts';
import { rowSeal } from '../src/keyring/row-seal.ts';
import { openServiceClock } from '../src/keyring/service-clock.ts';
import { unlock } from '../src/keyring/unlock.ts';
import { UseCounts } from '../src/keyring/use-counts.ts';
import { openLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { pipeline } from '../src/pipeline.ts';
import { rootKeyFile } from '../src/root-key/root-key-file.ts';
import { openSqliteStore } from '../src/storage/sqlite/open-sqlite-store.ts';
import { plainKey } from '../test/fakes/plain-key.ts';
import { accessParts, administrator, authorityOver } from '../test/fakes/callers.ts';

export interface InProcessService {
  /** What gRPC calls for an operation, with everything behind it. It throws where the real one answers with an error. */
  method(operation: 'Encrypt' | 'Decrypt'): DirectMethod;
  /** Makes a key and answers its id. */
  newKey(): Promise<KeyId>;
  /** Gives a key a new backing key. */
  rotate(keyId: KeyId): Promise<void>;
  close(): Promise<void>;
}

/** The data plane, wired as in src/serve.ts over a new store in `directory`, without a gRPC server before it. */
export async function openInProcessService(directory: string): Promise<InProcessService> {
  const addon = loadNativeAddon();
  const table = new addon.KeyTable({ capacity: 32_768, maxPlaintextBytes: 1024 * 1024 });
  const store = await openSqliteStore({ dataDirectory: join(directory, 'data') });
  const { domainKeyId } = await unlock(store, rootKeyFile(table, join(directory, 'secrets')), { table, now: systemClock.now() });
  const seal = rowSeal(table, domainKeyId, (kind, primaryKey) => fail(new Error(`The row ${kind} ${primaryKey} was refused.`)));
  const materials = new MaterialTable(table);
  const keyring = new Keyring({ store, seal, materials, scope });

  const clock = await openServiceClock(systemClock, keyring);
  const refusedUse = () => fail(new Error('A key was asked for that must not be used.'));
  const batches = new BatchCalls(table, rpcStatusEncoder(loadProtocol()));
  const plane = { keyring, calls: new CryptoCalls(table), batches, table, scope, clock, refusedUse };
  const { directory: principals } = keyring;
  const owner = administrator(scope);
  const answering = {
    pipeline: pipeline({
      identify: () => owner,
      authority: authorityOver({ keyring, directory: principals }, scope),
      clock: systemClock,
      metrics: metricsOf(table),
      log: openLog('silent'),
    }),
    encodeStatus: fail,
    turn: turns(),
    inFlight: new InFlightBytes({ maxBytes: Infinity, maxWaiting: 0, maxWaitMs: 0 }),
    maxMessageBytes: Infinity,
  };
  const run = runOperation(plane);
  const controlPlane = {
    keyring,
    store,
    seal,
    uses: new UseCounts({ native: table, store, materials }),
    table,
    domainKeyId,
    clock,
    newKeyId,
    maxOnDemandRotations: Infinity,
    ...accessParts(scope),
  };
  return {
    method: (name) => directUnary(name, (request, caller) => run(name, request, caller), answering),
    newKey: async () => (await createKey(plainKey, controlPlane)).key.keyId,
    rotate: async (keyId) => {
      await rotateKeyOnDemand({ keyId, clientToken: undefined, expectedCurrentKeyMaterialId: undefined }, controlPlane);
    },
    close: async () => {
      await store.close();
      table.close();
    },
  };
}

function metricsOf(table: NativeKeyTable) {
  return createMetrics({
    methods: operations,
    transport: () => ({ openConnections: 0, openExchanges: 0, inFlightBytes: 0, waitingForMemory: 0 }),
    keyTable: () => ({ operationNames: operations, ...table.stats() }),
    certificates: () => [],
    countKeys: () => Promise.resolve(undefined),
  });
}

function newKeyId() {
  return parseKeyId(randomUUID()) ?? fail(new Error('A UUID that was just made is none.'));
}

function fail(error: unknown): never {
  throw error;
}

const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' };
