import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { loadProtocol } from '../src/client/protocol.ts';
import { type NativeKeyTable, loadNativeAddon } from '../src/crypto/native.ts';
import type { BatchEncryptRequest__Output } from '../src/generated/latchkey/v1/BatchEncryptRequest.ts';
import type { BatchEncryptResponse } from '../src/generated/latchkey/v1/BatchEncryptResponse.ts';
import { tuneTransport } from '../src/grpc/transport.ts';
import { tlsFiles } from './mutual-tls.ts';
import { type Answer, type Listening, type Question, emptyMethod, objectItems, objectsMethod } from './server-messages.ts';

/**
 * The process that is measured: the real server, started by its own main.ts, and beside it a gRPC server whose only method
 * does nothing. Both in one process, because one and the same handler differs by up to 30 % between two processes.
 */
async function main(): Promise<void> {
  let reply = Buffer.alloc(0);
  const answer: handleUnaryCall<Buffer, Buffer> = (_call, callback) => callback(null, reply);
  const emptyAddress = await listen(new Server(options), answer, emptyCredentials());
  const bulk = new Server(options);
  tuneTransport(bulk, () => false);
  bulk.addService(
    { BatchEncrypt: { ...loadProtocol().crypto.BatchEncrypt, path: objectsMethod } },
    { BatchEncrypt: encryptingObjects() },
  );
  tell({ emptyAddress, bulkAddress: await listen(bulk, answer) });

  process.on('message', ({ emptyReplyBytes }: Question) => {
    if (emptyReplyBytes !== undefined) reply = Buffer.alloc(emptyReplyBytes);
    const { user, system } = process.cpuUsage();
    tell({ cpuMicroseconds: user + system });
  });
  process.on('disconnect', () => process.exit(1));
  await import('../src/main.ts');
}

/**
 * What a service does that is written with objects: decodes the items, encrypts one after the other with a native call each, and
 * encodes the results. The native call is given the same plaintext each time, so as not to count the making of its request.
 */
function encryptingObjects(): handleUnaryCall<BatchEncryptRequest__Output, BatchEncryptResponse> {
  const { table, handle } = tableWithKey();
  const arn = Buffer.from('arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000');
  const one = loadProtocol().crypto.Encrypt.requestSerialize({ key_id: 'x', plaintext: Buffer.alloc(objectItems.bytes) });
  return ({ request }, callback) => {
    const ciphertext_blobs = request.plaintexts.map(() => {
      const out = Buffer.allocUnsafe(objectItems.bytes + 512);
      const written = table.encrypt(one, handle, arn, out);
      if (written < 0) throw new Error(`Encrypt failed natively: ${written}.`);
      return out.subarray(written - blobBytes, written);
    });
    callback(null, { key_arn: request.key_id, key_material_id: '', ciphertext_blobs, errors: [], failed_count: 0 });
  };
}

function tableWithKey(): { table: NativeKeyTable; handle: number } {
  const secrets = join(process.env['LATCHKEY_SECRETS_DIR'] ?? '', '..', 'objects');
  const table = new (loadNativeAddon().KeyTable)({ capacity: 1, maxPlaintextBytes: 4096 });
  table.createRootKeyFile(secrets, 'root.key');
  table.openRootKeyFile(secrets, 'root.key');
  const domainKey = table.createDomainKey();
  const keyId = Buffer.alloc(16, 1);
  const material = table.generateMaterial(domainKey.id, keyId, 'SYMMETRIC_DEFAULT');
  const handles = new Float64Array(2);
  table.loadMaterial(material.stored, keyId, material.id, 'SYMMETRIC_DEFAULT', handles);
  return { table, handle: handles[0] ?? 0 };
}

/** Mutual TLS with the files of mutual-tls.ts, where `BENCH_TLS_FOLDER` says in which folder they are. */
function emptyCredentials(): ServerCredentials {
  const folder = process.env['BENCH_TLS_FOLDER'];
  if (folder === undefined) return ServerCredentials.createInsecure();
  const { authority, serverKey, serverCertificate } = tlsFiles(folder);
  const pair = { private_key: readFileSync(serverKey), cert_chain: readFileSync(serverCertificate) };
  return ServerCredentials.createSsl(readFileSync(authority), [pair], true);
}

/** Answers `host:port`. */
function listen(
  server: Server,
  handler: handleUnaryCall<Buffer, Buffer>,
  credentials = ServerCredentials.createInsecure(),
): Promise<string> {
  server.addService({ Call: method }, { Call: handler });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(`127.0.0.1:${port}`)));
  return promise;
}

/** Those of the service's own server. */
const options = {
  'grpc.enable_channelz': 0,
  'grpc.max_concurrent_streams': 1000,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  'grpc.max_send_message_length': 64 * 1024 * 1024,
};

function tell(message: Listening | Answer): void {
  process.send?.(message);
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

const method = {
  path: emptyMethod,
  requestStream: false,
  responseStream: false,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
};

const blobBytes = objectItems.bytes + 74;

await main();
