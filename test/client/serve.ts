import { Server, ServerCredentials, status as codes } from '@grpc/grpc-js';
import type { Metadata, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { Refusal, wireError } from './refusal.ts';
import { exchangeHandler, type ExchangeBehaviour } from './serve-exchange.ts';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { Protocol } from '../../src/client/protocol.ts';

export { Refusal };

/** What a server of this test answers: a function of the decoded request per method, which may throw a Refusal. */
export type Answers = Partial<
  AnswersOf<Protocol['crypto']> & AnswersOf<Protocol['keys']> & AnswersOf<Protocol['access']> & AnswersOf<Protocol['server']>
>;

type AnswersOf<Definition> = {
  [Name in keyof Definition as string extends Name ? never : number extends Name ? never : Name]: Definition[Name] extends {
    requestDeserialize: (bytes: Buffer) => infer Request;
    responseSerialize: (response: infer Response) => Buffer;
  }
    ? (request: Request) => Response | Promise<Response>
    : never;
};

export interface Listening {
  /** In the clear by default. */
  readonly credentials?: ServerCredentials;
  /** Called with the name and the metadata of each call. */
  readonly seen?: (name: string, metadata: Metadata) => void;
}

/** A real gRPC server of Latchkey's proto files on a free port, or at `address`. Methods without an answer are UNIMPLEMENTED. */
export async function serve(
  answers: Answers,
  address = '127.0.0.1:0',
  exchange: ExchangeBehaviour = {},
  { credentials = ServerCredentials.createInsecure(), seen = () => {} }: Listening = {},
): Promise<{ address: string; stop: () => void }> {
  const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
  for (const definition of [protocol.crypto, protocol.keys, protocol.access, protocol.server]) {
    const handlers = Object.fromEntries(
      Object.entries(answers)
        .filter(([name]) => name in definition)
        .map(([name, answer]) => [
          name,
          name === 'Exchange'
            ? (call: Parameters<ReturnType<typeof exchangeHandler>>[0]) => {
                seen(name, call.metadata);
                exchangeHandler(answers.Exchange!, exchange)(call);
              }
            : handler(answer as (request: unknown) => unknown, (metadata) => seen(name, metadata)),
        ]),
    );
    server.addService(definition, handlers);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { address: address.startsWith('unix:') ? address : `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

function handler(answer: (request: unknown) => unknown, seen: (metadata: Metadata) => void) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    seen(call.metadata);
    new Promise((resolve) => resolve(answer(call.request))).then(
      (response) => callback(null, response),
      (error: unknown) => callback(error instanceof Refusal ? wireError(error) : { code: codes.INTERNAL, details: String(error) }),
    );
  };
}

const protocol = loadProtocol();
