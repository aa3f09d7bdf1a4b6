import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Latchkey, connect } from '../src/client/connect.ts';
import { frameHeaderBytes, grpcFrame } from './grpc-frame.ts';
import { cores } from './machine.ts';
import type { Effort, Measured } from './measurement.ts';
import { type TlsFiles, clientTls, tlsFiles, writeTlsFiles } from './mutual-tls.ts';
import { newKey } from './new-key.ts';
import { inTurns, moreIsBetter, result } from './result.ts';
import { emptyMethod } from './server-messages.ts';
import { type TlsTarget, offerTlsLoad } from './tls-load.ts';
import { type EncryptRequest, answeredWithOk, callsPerCpuSecond, encrypt, sampledReplies, verifyReplies } from './unary-calls.ts';
import { type Bench, withServer } from './with-server.ts';

/**
 * Encrypt of 256 B with all that a call takes in earnest: TLS, a client that its certificate names, a policy with conditions that
 * lets it, metrics; against a handler in the same process that does nothing, over the same TLS with the same certificates.
 */
export async function measureUnaryEverything(effort: Effort): Promise<Measured> {
  return withServer((bench) => measure(bench, effort), { prepare: listenWithTls });
}

async function measure({ directory, server, latchkey }: Bench, { rounds, quick }: Effort): Promise<Measured> {
  const files = tlsFiles(join(directory, 'tls'));
  const request: EncryptRequest = {
    key_id: await newKey(latchkey),
    plaintext: randomBytes(256),
    encryption_context: { purpose: 'benchmark' },
  };
  await permitEncryption(latchkey);
  const body = join(directory, 'request');
  await writeFile(body, grpcFrame(encrypt.requestSerialize(request)));
  const encrypting: TlsTarget = { body, files, address: byName(server.addresses[1]), method: encrypt.path };
  const empty: TlsTarget = { body, files, address: byName(server.emptyAddress), method: emptyMethod };
  const calls = quick ? 500 : 30_000;
  const offer = (target: TlsTarget) => offerTlsLoad(target, { ...busy, calls });

  // Warms up both, and gives the empty handler replies of the same size.
  const frameBytes = Math.round((await offer(encrypting)) / calls);
  await server.answerEmptyWith(frameBytes - frameHeaderBytes);
  await offer(empty);

  const serve = (target: TlsTarget) => callsPerCpuSecond({ calls, frameBytes, offer: () => offer(target) }, server);
  const client = connect({ address: encrypting.address, tls: await clientTls(files) });
  let verified = 0;
  try {
    const served = await inTurns(rounds, {
      ours: async () => {
        verified += await verifyReplies(request, client);
        return serve(encrypting);
      },
      denominator: () => serve(empty),
    });
    const asked = calls + rounds * (calls + sampledReplies);
    const bad = asked - (await answeredWithOk(server)) + (rounds * sampledReplies - verified);
    return { results: [result(figure, served)], checks: { replies_verified: verified, replies_bad: bad } };
  } finally {
    client.close();
  }
}

/** Lets the certificate's owner encrypt and decrypt, where the key's policy trusts the account. */
async function permitEncryption({ access }: Latchkey): Promise<void> {
  await access.createPrincipal({ source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: `dns:${clientName}` });
  const statement = {
    Effect: 'Allow',
    Action: ['kms:Encrypt', 'kms:Decrypt'],
    Resource: '*',
    Condition: {
      StringEquals: { 'kms:EncryptionContext:purpose': 'benchmark' },
      Bool: { 'aws:SecureTransport': 'true' },
      IpAddress: { 'aws:SourceIp': '127.0.0.0/8' },
    },
  };
  await access.putPrincipalPolicy({
    principal: `user/cert/${clientName}`,
    policy_name: 'benchmark',
    policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
}

/** A configuration with a second listener that asks for certificates; the empty handler listens with the same. */
async function listenWithTls(directory: string): Promise<Record<string, string>> {
  const files = await writeTlsFiles(join(directory, 'tls'), clientName);
  const configuration = join(directory, 'latchkey.yaml');
  await writeFile(configuration, listeners(files));
  return { LATCHKEY_CONFIG: configuration, LATCHKEY_GRPC_ADDRESS: '', BENCH_TLS_FOLDER: files.folder };
}

function listeners({ authority, serverCertificate, serverKey }: TlsFiles): string {
  return `listeners:
  - address: 127.0.0.1:0
  - address: 127.0.0.1:0
    tls:
      certificate: ${serverCertificate}
      key: ${serverKey}
      client_ca: ${authority}
`;
}

/** As the server's certificate has it. */
function byName(address = ''): string {
  return address.replace('127.0.0.1', 'localhost');
}

const clientName = 'client.example.org';
const figure = {
  name: 'unary.encrypt.256B.everything',
  unit: 'calls per CPU second',
  denominator: 'empty gRPC handler, same process, messages and TLS',
  aim: { least_ratio: 0.85 },
  ratioOf: moreIsBetter,
};
const busy = { core: cores().load, connections: 4, streams: 50 };
