import { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders, connect } from 'node:http2';

/** A connection that may hold as much as it likes: Node's own limit would drop answers. */
export function openConnection(address: string): ClientHttp2Session {
  const session = connect(`http://${address}`, { maxSessionMemory: 1000, settings: { initialWindowSize: 16 * 1024 * 1024 } });
  session.on('error', () => undefined);
  return session;
}

/** Begins a call of `CryptoService/<method>`; nothing is read of its answer before somebody does. `token` is '' for none. */
export function beginCall(session: ClientHttp2Session, method: string, token: string): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/latchkey.v1.CryptoService/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    'latchkey-max-reply-bytes': String(64 * 1024 * 1024),
  });
  stream.on('error', () => undefined);
  return stream;
}

/** Name in grpc-status, read without keeping the answer; undefined when the stream ends without one. */
export function grpcStatus(stream: ClientHttp2Stream): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const note = (headers: IncomingHttpHeaders) => {
    const code = headers['grpc-status'];
    if (code !== undefined) resolve(String(code));
  };
  stream.on('response', note);
  stream.on('trailers', note);
  stream.on('close', () => resolve(undefined));
  if (stream.destroyed) resolve(undefined);
  stream.resume();
  return promise;
}
