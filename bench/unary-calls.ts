import type { Latchkey } from '../src/client/connect.ts';
import { loadProtocol } from '../src/client/protocol.ts';
import { readMetrics } from '../test/e2e/metrics-page.ts';
import type { ServerProcess } from './server-process.ts';

/** What a benchmark of Encrypt sends again and again. */
export interface EncryptRequest {
  readonly key_id: string;
  readonly plaintext: Buffer;
  readonly encryption_context: Readonly<Record<string, string>>;
}

export interface OfferedCalls {
  readonly calls: number;
  /** Of a reply with its gRPC frame. */
  readonly frameBytes: number;
  /** Makes the calls and answers how many bytes of gRPC frames came back. */
  readonly offer: () => Promise<number>;
}

/** Throws when replies do not have the expected size; the checksum in a reply of Encrypt takes up to a byte less or more. */
export async function callsPerCpuSecond({ calls, frameBytes, offer }: OfferedCalls, server: ServerProcess): Promise<number> {
  const before = await server.cpuMicroseconds();
  const received = (await offer()) / calls;
  const used = (await server.cpuMicroseconds()) - before;
  if (Math.abs(received - frameBytes) > 1) throw new Error(`A reply had ${frameBytes} bytes, and now has ${received}.`);
  return calls / (used / 1e6);
}

/** How many of `sampledReplies` replies to the request, sent by a real client, can be decrypted to its plaintext. */
export async function verifyReplies(request: EncryptRequest, { crypto }: Pick<Latchkey, 'crypto'>): Promise<number> {
  let verified = 0;
  for (let reply = 0; reply < sampledReplies; reply++) {
    const { ciphertext_blob } = await crypto.encrypt(request);
    const { plaintext } = await crypto.decrypt({ ciphertext_blob, encryption_context: request.encryption_context });
    if (request.plaintext.equals(plaintext)) verified += 1;
  }
  return verified;
}

/** How many Encrypt calls the server counts as answered with OK. */
export async function answeredWithOk({ metricsAddress }: ServerProcess): Promise<number> {
  return (await readMetrics(metricsAddress)).value('latchkey_calls_total{method="Encrypt",reason="OK"}');
}

export const encrypt = loadProtocol().crypto.Encrypt;
export const sampledReplies = 20;
