import { Client, Metadata, type StatusObject, credentials, status as statusCodes } from '@grpc/grpc-js';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { ExchangeRequest } from '../../src/generated/latchkey/v1/ExchangeRequest.ts';
import type { ExchangeResponse__Output } from '../../src/generated/latchkey/v1/ExchangeResponse.ts';
import type { Status__Output } from '../../src/generated/google/rpc/Status.ts';

/** One stream of Exchange on a connection of its own, without the client library. */
export interface ExchangeClient {
  /** Limits, which must be the first message. */
  readonly limits: Promise<ExchangeResponse__Output>;
  /** The status that the stream ends with. */
  readonly ended: Promise<{ readonly code: string; readonly reason: string | undefined; readonly metadata: Metadata }>;
  /** Every message so far. */
  readonly received: readonly ExchangeResponse__Output[];
  send(request: ExchangeRequest): void;
  sendBytes(request: Uint8Array): void;
  /** Waits for the answer to a request; rejects when the stream ends without it. */
  answer(id: number | string): Promise<ExchangeResponse__Output>;
  /** Waits for the next message that `is` one. */
  message(is: (response: ExchangeResponse__Output) => boolean): Promise<ExchangeResponse__Output>;
  halfClose(): void;
  /** Cancels the stream and closes the connection once it has no others. */
  close(): void;
  /** Another stream on the same connection, while that lives; with the same headers but for these. */
  another(others?: Readonly<Record<string, string>>): ExchangeClient;
}

export function openExchange(
  { address, token }: { readonly address: string; readonly token: string },
  headers: Readonly<Record<string, string>> = {},
): ExchangeClient {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
  });
  return streamOn(client, { authorization: `Bearer ${token}`, ...headers });
}

function streamOn(client: Client, headers: Readonly<Record<string, string>>): ExchangeClient {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const path = '/latchkey.v1.CryptoService/Exchange';
  const stream = client.makeBidiStreamRequest(path, asItIs, exchange.responseDeserialize, metadata);
  const received: ExchangeResponse__Output[] = [];
  const waiting = new Set<() => void>();
  const end = Promise.withResolvers<StatusObject>();
  let isOver = false;
  stream.on('data', (response: ExchangeResponse__Output) => {
    received.push(response);
    for (const look of waiting) look();
  });
  stream.on('error', () => undefined);
  stream.on('status', (status: StatusObject) => {
    isOver = true;
    end.resolve(status);
    for (const look of waiting) look();
  });

  const message = (is: (response: ExchangeResponse__Output) => boolean): Promise<ExchangeResponse__Output> => {
    const { promise, resolve, reject } = Promise.withResolvers<ExchangeResponse__Output>();
    const look = () => {
      const found = received.find(is);
      if (found === undefined && !isOver) return;
      waiting.delete(look);
      if (found === undefined) reject(new Error('The stream ended without the message.'));
      else resolve(found);
    };
    waiting.add(look);
    look();
    // Who only waits for the end need not hear of it.
    promise.catch(() => undefined);
    return promise;
  };
  const sendBytes = (request: Uint8Array) => void stream.write(Buffer.from(request));

  return {
    limits: message(() => true),
    ended: end.promise.then(({ code, metadata: trailers }) => ({
      code: statusCodes[code] ?? String(code),
      reason: reasonOf(detailsOf(trailers)),
      metadata: trailers,
    })),
    received,
    send: (request) => sendBytes(exchange.requestSerialize(request)),
    sendBytes,
    answer: (id) => message((response) => response.id === String(id)),
    message,
    halfClose: () => void stream.end(),
    close: () => {
      stream.cancel();
      client.close();
    },
    another: (others = {}) => streamOn(client, { ...headers, ...others }),
  };
}

/** What a failed request says to a program. */
export function errorOf({ error }: ExchangeResponse__Output): {
  code: string | undefined;
  reason: string | undefined;
  fields: readonly string[];
} {
  const bad = error?.details.find(({ type_url }) => type_url.endsWith('BadRequest'))?.value;
  return {
    code: statusCodes[error?.code ?? -1],
    reason: reasonOf(error?.details ?? []),
    fields: bad === undefined ? [] : badRequest.deserialize(bad).field_violations.map(({ field }) => field),
  };
}

function detailsOf(trailers: Metadata): Status__Output['details'] {
  const [encoded] = trailers.get('grpc-status-details-bin');
  return Buffer.isBuffer(encoded) ? status.deserialize(encoded).details : [];
}

function reasonOf(details: Status__Output['details']): string | undefined {
  const info = details.find(({ type_url }) => type_url.endsWith('ErrorInfo'))?.value;
  return info && errorInfo.deserialize(info).reason;
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

const {
  status,
  errorInfo,
  badRequest,
  crypto: { Exchange: exchange },
} = loadProtocol();
