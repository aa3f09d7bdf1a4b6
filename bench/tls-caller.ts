import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { TlsLoad, TlsTarget } from './tls-load.ts';

/** The process that makes calls over mutual TLS: its argument is the JSON of what tls-load.ts was asked for. */
type Order = TlsTarget & Omit<TlsLoad, 'core'>;

async function main(): Promise<void> {
  const { address, method, body, files, calls, connections, streams } = JSON.parse(process.argv[2] ?? '') as Order;
  const sessions = await Promise.all(Array.from({ length: connections }, () => open(address, files)));
  const request = readFileSync(body);
  let begun = 0;
  let bytes = 0;
  const keepCalling = async (session: ClientHttp2Session): Promise<void> => {
    while (begun < calls) {
      begun += 1;
      const received = await call(session, method, request);
      bytes += received;
    }
  };
  await Promise.all(sessions.flatMap((session) => Array.from({ length: streams }, () => keepCalling(session))));
  for (const session of sessions) session.close();
  process.stdout.write(`${bytes}\n`);
}

async function open(address: string, { authority, clientCertificate, clientKey }: TlsTarget['files']): Promise<ClientHttp2Session> {
  const session = connect(`https://${address}`, {
    ca: readFileSync(authority),
    cert: readFileSync(clientCertificate),
    key: readFileSync(clientKey),
  });
  await once(session, 'connect');
  return session;
}

/** Answers the bytes of the reply's gRPC frame. */
function call(session: ClientHttp2Session, method: string, request: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const stream = session.request({
    ':method': 'POST',
    ':path': method,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let bytes = 0;
  let status: unknown;
  stream.on('response', (headers) => (status = headers['grpc-status']));
  stream.on('trailers', (trailers: IncomingHttpHeaders) => (status = trailers['grpc-status']));
  stream.on('data', (piece: Buffer) => (bytes += piece.length));
  stream.on('error', reject);
  stream.on('close', () =>
    status === '0' ? resolve(bytes) : reject(new Error(`A call ended with gRPC status ${String(status)}.`)),
  );
  stream.end(request);
  return promise;
}

await main();
