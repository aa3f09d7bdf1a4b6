import { Client, Metadata, type ServiceError, type StatusObject, credentials, status as statusCodes } from '@grpc/grpc-js';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { ExchangeRequest } from '../../src/generated/latchkey/v1/ExchangeRequest.ts';
import type { ExchangeResponse__Output } from '../../src/generated/latchkey/v1/ExchangeResponse.ts';

/** One stream of Exchange, message by message. */
export interface ExchangeStream {
  /** Sends messages in one write of HTTP/2 as far as that can be. */
  send(...requests: readonly ExchangeRequest[]): void;
  /** Sends bytes instead of a message. */
  sendBytes(bytes: Buffer): void;
  /** The next message that has come, or comes. Rejects when the stream has ended. */
  next(): Promise<ExchangeResponse__Output>;
  /** Says that nothing more will be sent. */
  end(): void;
  /** How the stream ended: name of the code, and what it said. */
  readonly ended: Promise<{ readonly code: string; readonly details: string; readonly metadata: Metadata }>;
  close(): void;
}

export function openExchange(address: string, headers: Readonly<Record<string, string>> = {}): ExchangeStream {
  const client = new Client(address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const call = client.makeBidiStreamRequest(path, asItIs, responseDeserialize, metadata);
  const arrived: ExchangeResponse__Output[] = [];
  const waiting: ((message: ExchangeResponse__Output) => void)[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<{ code: string; details: string; metadata: Metadata }>();
  call.on('data', (message: ExchangeResponse__Output) => {
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(message);
    else waiter(message);
  });
  call.on('status', ({ code, details, metadata: trailers }: StatusObject) =>
    resolve({ code: statusCodes[code] ?? '', details, metadata: trailers }),
  );
  call.on('error', (_error: ServiceError) => undefined);
  return {
    send: (...requests) => {
      for (const request of requests) call.write(requestSerialize(request));
    },
    sendBytes: (bytes) => void call.write(bytes),
    next: async () => {
      const message = arrived.shift();
      if (message !== undefined) return message;
      const coming = new Promise<ExchangeResponse__Output>((found) => waiting.push(found));
      const end = ended.then(({ code, details }) => Promise.reject(new Error(`The stream ended: ${code} ${details}`)));
      return Promise.race([coming, end]);
    },
    end: () => {
      call.end();
    },
    ended,
    close: () => {
      call.cancel();
      client.close();
    },
  };
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

const { path, requestSerialize, responseDeserialize } = loadProtocol().crypto.Exchange;
