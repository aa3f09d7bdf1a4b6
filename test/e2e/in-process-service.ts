import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../src/clock.ts';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { BatchCalls } from '../../src/crypto/batch-calls.ts';
import { CryptoCalls } from '../../src/crypto/crypto-calls.ts';
import { type CryptoOperation, type NativeKeyTable, loadNativeAddon } from '../../src/crypto/native.ts';
import type { DataPlane, RefusedUse } from '../../src/data-plane/data-plane.ts';
import type { BatchDecryptRequest } from '../../src/generated/latchkey/v1/BatchDecryptRequest.ts';
import type { BatchDecryptResponse__Output } from '../../src/generated/latchkey/v1/BatchDecryptResponse.ts';
import type { BatchEncryptRequest } from '../../src/generated/latchkey/v1/BatchEncryptRequest.ts';
import type { BatchReEncryptRequest } from '../../src/generated/latchkey/v1/BatchReEncryptRequest.ts';
import type { BatchReEncryptResponse__Output } from '../../src/generated/latchkey/v1/BatchReEncryptResponse.ts';
import type { DecryptRequest } from '../../src/generated/latchkey/v1/DecryptRequest.ts';
import type { EncryptRequest } from '../../src/generated/latchkey/v1/EncryptRequest.ts';
import type { ReEncryptRequest } from '../../src/generated/latchkey/v1/ReEncryptRequest.ts';
import { runOperation } from '../../src/grpc/crypto-service.ts';
import { loadProtocol as loadServerProtocol } from '../../src/grpc/protocol.ts';
import { rpcStatusEncoder } from '../../src/grpc/status.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { Keyring } from '../../src/keyring/keyring.ts';
import { MaterialTable } from '../../src/keyring/material-table.ts';
import { type SealedKind, rowSeal } from '../../src/keyring/row-seal.ts';
import { openServiceClock } from '../../src/keyring/service-clock.ts';
import { unlock } from '../../src/keyring/unlock.ts';
import { UseCounts } from '../../src/keyring/use-counts.ts';
import type { Caller } from '../../src/pipeline.ts';
import { rootKeyFile } from '../../src/root-key/root-key-file.ts';
import type { Store } from '../../src/storage/store.ts';
import { accessParts, administratorsPermission } from '../fakes/callers.ts';

/** Both planes over a store of the test's choice, with the real addon and without gRPC. */
export interface Service {
  readonly table: NativeKeyTable;
  readonly dataPlane: DataPlane & { readonly keyring: Keyring };
  readonly controlPlane: ControlPlane;
  readonly uses: UseCounts;
  /** Rows that were refused, as `kind primary-key`. */
  readonly refusedRows: readonly string[];
  /** Attempts to use what must not be used. */
  readonly refusedUses: readonly RefusedUse[];
  encrypt(request: EncryptRequest): Promise<Buffer>;
  decrypt(request: DecryptRequest): Promise<Buffer>;
  reEncrypt(request: ReEncryptRequest): Promise<Buffer>;
  batchEncrypt(request: BatchEncryptRequest): Promise<Buffer[]>;
  batchDecrypt(request: BatchDecryptRequest): Promise<BatchDecryptResponse__Output>;
  batchReEncrypt(request: BatchReEncryptRequest): Promise<BatchReEncryptResponse__Output>;
  /** Bytes of a request in, bytes of the response out. */
  run(operation: CryptoOperation, request: Buffer): Promise<Buffer>;
  /** Handle of the backing key that a ciphertext names; 0 when it is not in the table. */
  handleOf(ciphertext: Buffer): number;
}

export async function openService({
  store,
  secretsDirectory,
  clock = systemClock,
  capacity = 100,
  maxOnDemandRotations = Infinity,
}: ServiceParts): Promise<Service> {
  const addon = loadNativeAddon();
  const table = new addon.KeyTable({ capacity, maxPlaintextBytes: 1024 * 1024 });
  const { domainKeyId } = await unlock(store, rootKeyFile(table, secretsDirectory), { table, now: clock.now() });
  const refusedRows: string[] = [];
  const seal = rowSeal(table, domainKeyId, (kind: SealedKind, primaryKey) => refusedRows.push(`${kind} ${primaryKey}`));
  const materials = new MaterialTable(table);
  const keyring = new Keyring({ store, seal, materials, scope });
  const uses = new UseCounts({ native: table, store, materials });
  const calls = new CryptoCalls(table);
  const serviceClock = await openServiceClock(clock, keyring);
  const refusedUses: RefusedUse[] = [];
  const refusedUse = (use: RefusedUse) => refusedUses.push(use);
  const batches = new BatchCalls(table, encodeRpcStatus);
  const plane = { keyring, calls, batches, table, scope, clock: serviceClock, refusedUse };

  const run = runOperation(plane);
  const caller: Caller = {
    permission: administratorsPermission({ keyring, directory: keyring.directory }, scope),
    requireTime: () => undefined,
    maxReplyBytes: () => 64 * 1024 * 1024,
    reserve: () => undefined,
  };

  return {
    table,
    dataPlane: plane,
    refusedRows,
    refusedUses,
    uses,
    controlPlane: {
      keyring,
      store,
      seal,
      uses,
      table,
      domainKeyId,
      clock: serviceClock,
      newKeyId,
      maxOnDemandRotations,
      ...accessParts(scope),
    },
    run: async (operation, request) => run(operation, request, caller),
    encrypt: async (request) => {
      const { ciphertext_blob } = protocol.crypto.Encrypt.responseDeserialize(
        await run('Encrypt', protocol.crypto.Encrypt.requestSerialize(request), caller),
      );
      return ciphertext_blob;
    },
    decrypt: async (request) => {
      const { plaintext } = protocol.crypto.Decrypt.responseDeserialize(
        await run('Decrypt', protocol.crypto.Decrypt.requestSerialize(request), caller),
      );
      return plaintext;
    },
    reEncrypt: async (request) => {
      const response = await run('ReEncrypt', protocol.crypto.ReEncrypt.requestSerialize(request), caller);
      return protocol.crypto.ReEncrypt.responseDeserialize(response).ciphertext_blob;
    },
    batchEncrypt: async (request) => {
      const response = await run('BatchEncrypt', protocol.crypto.BatchEncrypt.requestSerialize(request), caller);
      return protocol.crypto.BatchEncrypt.responseDeserialize(response).ciphertext_blobs;
    },
    batchDecrypt: async (request) => {
      const response = await run('BatchDecrypt', protocol.crypto.BatchDecrypt.requestSerialize(request), caller);
      return protocol.crypto.BatchDecrypt.responseDeserialize(response);
    },
    batchReEncrypt: async (request) => {
      const response = await run('BatchReEncrypt', protocol.crypto.BatchReEncrypt.requestSerialize(request), caller);
      return protocol.crypto.BatchReEncrypt.responseDeserialize(response);
    },
    handleOf: (ciphertext) =>
      calls.parse('DescribeCiphertext', protocol.crypto.DescribeCiphertext.requestSerialize({ ciphertext_blob: ciphertext }))
        .handle,
  };
}

interface ServiceParts {
  readonly store: Store;
  readonly secretsDirectory: string;
  readonly clock?: Clock;
  /** Backing keys in memory at once. */
  readonly capacity?: number;
  readonly maxOnDemandRotations?: number;
}

function newKeyId() {
  const keyId = parseKeyId(randomUUID());
  if (keyId === undefined) throw new Error('A UUID that was just made is none.');
  return keyId;
}

const protocol = loadProtocol();
const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' } as const;

/** Reading the proto files takes longer than most tests do with a service. */
const encodeRpcStatus = rpcStatusEncoder(loadServerProtocol());
