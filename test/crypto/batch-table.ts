import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BatchOperation,
  type NativeKeyTable,
  batchItemFailures,
  loadNativeAddon,
  operations,
} from '../../src/crypto/native.ts';
import { BatchView, batchViewLength } from '../../src/crypto/native-views.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';

const protocol = loadProtocol();
const service = protocol.service('latchkey.v1.CryptoService');

/** A table of its own with a root key and a domain key. */
export function openTable(options: { readonly capacity?: number } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-batches-'));
  const table = new (loadNativeAddon().KeyTable)({ capacity: options.capacity ?? 8, maxPlaintextBytes: 1 << 20 });
  table.createRootKeyFile(join(directory, 'keys'), 'root.key');
  table.openRootKeyFile(join(directory, 'keys'), 'root.key');
  rmSync(directory, { recursive: true });
  const domainKeyId = table.createDomainKey().id;
  const keyId = randomBytes(16);
  return {
    table,
    /** New material, loaded. */
    addKey() {
      const { id, stored } = table.generateMaterial(domainKeyId, keyId, 'SYMMETRIC_DEFAULT');
      return { id, stored, handle: load(id, stored) };
    },
    load,
  };

  function load(id: Buffer, stored: Buffer): number {
    const handles = new Float64Array(2);
    table.loadMaterial(stored, keyId, id, 'SYMMETRIC_DEFAULT', handles);
    return handles[0]!;
  }
}

export function requestOf(operation: BatchOperation, request: object): Buffer {
  return service[operation]!.requestSerialize(request);
}

/** As proto-loader reads it. */
export interface BatchResponse {
  readonly key_arn: string;
  readonly key_material_id: string;
  readonly ciphertext_blobs: readonly Buffer[];
  readonly plaintexts: readonly Buffer[];
  readonly re_encrypted: readonly boolean[];
  readonly errors: readonly { readonly status: { readonly message: string }; readonly indexes: readonly number[] }[];
  readonly failed_count: number;
}

export function responseOf(operation: BatchOperation, bytes: Buffer): BatchResponse {
  return service[operation]!.responseDeserialize(bytes) as BatchResponse;
}

/** A status for each of `batchItemFailures`, whose message is its name, and for each of `more`. */
export function statuses(...more: readonly string[]): Buffer[] {
  return [...batchItemFailures, ...more].map((message) => protocol.message('google.rpc.Status').serialize({ message }));
}

export const keyArn = Buffer.from('arn:aws:kms:us-east-1:000000000000:key/k');

export function parse(table: NativeKeyTable, operation: BatchOperation, request: Buffer, room = 16) {
  const numbers = new Float64Array(batchViewLength);
  const materialIds = Buffer.alloc(room * 32);
  const handles = new Float64Array(room);
  const answer = table.parseBatch(operations.indexOf(operation), request, 2 ** 26, numbers, materialIds, handles);
  const view = Object.fromEntries(Object.entries(BatchView).map(([name, index]) => [name, numbers[index]!]));
  return { answer, view, materialIds, handles };
}

/** Room for the response of a batch with these statuses. */
export function outFor(table: NativeKeyTable, operation: BatchOperation, request: Buffer, given: readonly Buffer[]): Buffer {
  const { view } = parse(table, operation, request);
  const statusBytes = given.reduce((sum, status) => sum + status.length, 0);
  return Buffer.alloc(view['responseBytes']! + keyArn.length + statusBytes, 0xee);
}

export function run(table: NativeKeyTable, operation: BatchOperation, request: Buffer, keys: readonly number[]): BatchResponse {
  const given = statuses('refused');
  const out = outFor(table, operation, request, given);
  const answer = table.runBatch(operations.indexOf(operation), request, Float64Array.from(keys), keyArn, given, out);
  if (answer < 0) throw new Error(loadNativeAddon().statusNames[-answer]);
  return responseOf(operation, out.subarray(0, answer));
}
