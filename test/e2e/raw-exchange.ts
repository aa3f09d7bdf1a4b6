import { connect as connectSocket } from 'node:net';
import { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders, connect } from 'node:http2';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { ExchangeResponse__Output } from '../../src/generated/latchkey/v1/ExchangeResponse.ts';

/** A stream of Exchange on HTTP/2 itself, where it is certain which bytes go together. */
export interface RawExchange {
  readonly stream: ClientHttp2Stream;
  readonly session: ClientHttp2Session;
  readonly received: readonly ExchangeResponse__Output[];
  /** `grpc-status` of the end. */
  readonly status: Promise<string | undefined>;
  /** All of it in one write. */
  write(...frames: readonly Buffer[]): void;
  /** The first answers that are not about the stream itself. */
  answers(count: number): Promise<readonly ExchangeResponse__Output[]>;
  end(): void;
  /** From now on it takes nothing from the connection, not even what HTTP/2 itself has to say. */
  pause(): void;
  close(): void;
}

export function openRawExchange({ address, token }: { readonly address: string; readonly token: string }): RawExchange {
  const [host = '', port = ''] = address.split(':');
  const socket = connectSocket(Number(port), host);
  const session = connect(`http://${address}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/latchkey.v1.CryptoService/Exchange',
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${token}`,
  });
  const received: ExchangeResponse__Output[] = [];
  const status = Promise.withResolvers<string | undefined>();
  let unread = Buffer.alloc(0);
  let look: () => void = () => undefined;
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    while (unread.length >= 5 && unread.length >= 5 + unread.readUInt32BE(1)) {
      const end = 5 + unread.readUInt32BE(1);
      received.push(exchange.responseDeserialize(unread.subarray(5, end)));
      unread = unread.subarray(end);
    }
    look();
  });
  const noteStatus = (headers: IncomingHttpHeaders) => {
    const code = headers['grpc-status'];
    if (code !== undefined) status.resolve(String(code));
  };
  stream.on('response', noteStatus);
  stream.on('trailers', noteStatus);
  stream.on('close', () => status.resolve(undefined));

  return {
    stream,
    session,
    received,
    status: status.promise,
    write: (...frames) => void stream.write(Buffer.concat(frames)),
    answers: (count) => {
      const { promise, resolve } = Promise.withResolvers<readonly ExchangeResponse__Output[]>();
      look = () => {
        const answers = received.filter(({ id }) => id !== '0');
        if (answers.length >= count) resolve(answers.slice(0, count));
      };
      look();
      return promise;
    },
    end: () => void stream.end(),
    pause: () => {
      // HTTP/2 reads by the handle of the socket.
      const { _handle: handle } = socket as unknown as { _handle: { readStop(): void } };
      handle.readStop();
    },
    close: () => session.destroy(),
  };
}

const { Exchange: exchange } = loadProtocol().crypto;
