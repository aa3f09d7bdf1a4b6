import { Metadata, Server, ServerCredentials, status as codes } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { Protocol } from '../../src/client/protocol.ts';

/** What a server of this test answers: a function of the decoded request per method, which may throw a Refusal. */
export type Answers = Partial<AnswersOf<Protocol['crypto']> & AnswersOf<Protocol['keys']> & AnswersOf<Protocol['server']>>;

type AnswersOf<Definition> = {
  [Name in keyof Definition as string extends Name ? never : number extends Name ? never : Name]: Definition[Name] extends {
    requestDeserialize: (bytes: Buffer) => infer Request;
    responseSerialize: (response: infer Response) => Buffer;
  }
    ? (request: Request) => Response | Promise<Response>
    : never;
};

/** A failure as the server sends it. Without a reason it is one that gRPC itself makes. */
export class Refusal extends Error {
  readonly code: keyof typeof codes;
  readonly reason: string | undefined;
  readonly fieldViolations: { field: string; description: string }[];
  readonly details: Buffer | undefined;

  constructor(
    code: keyof typeof codes,
    message: string,
    facts: { reason?: string; fieldViolations?: { field: string; description: string }[]; details?: Buffer } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = facts.reason;
    this.fieldViolations = facts.fieldViolations ?? [];
    this.details = facts.details;
  }
}

/** A real gRPC server of Latchkey's proto files on a free port, or at `address`. Methods without an answer are UNIMPLEMENTED. */
export async function serve(answers: Answers, address = '127.0.0.1:0'): Promise<{ address: string; stop: () => void }> {
  const server = new Server();
  for (const definition of [protocol.crypto, protocol.keys, protocol.server]) {
    const handlers = Object.fromEntries(
      Object.entries(answers)
        .filter(([name]) => name in definition)
        .map(([name, answer]) => [name, handler(answer as (request: unknown) => unknown)]),
    );
    server.addService(definition, handlers);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { address: address.startsWith('unix:') ? address : `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

function handler(answer: (request: unknown) => unknown) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    new Promise((resolve) => resolve(answer(call.request))).then(
      (response) => callback(null, response),
      (error: unknown) => callback(error instanceof Refusal ? wireError(error) : { code: codes.INTERNAL, details: String(error) }),
    );
  };
}

function wireError({ code, message, reason, fieldViolations, details }: Refusal) {
  const metadata = new Metadata();
  const encoded = details ?? (reason === undefined ? undefined : statusDetails(codes[code], message, reason, fieldViolations));
  if (encoded !== undefined) metadata.set('grpc-status-details-bin', encoded);
  return { code: codes[code], details: message, metadata };
}

function statusDetails(code: number, message: string, reason: string, fieldViolations: Refusal['fieldViolations']): Buffer {
  const any = (type: string, value: Buffer) => ({ type_url: `type.googleapis.com/${type}`, value });
  const details = [any('google.rpc.ErrorInfo', protocol.errorInfo.serialize({ reason, domain: 'latchkey' }))];
  if (fieldViolations.length > 0) {
    details.push(any('google.rpc.BadRequest', protocol.badRequest.serialize({ field_violations: fieldViolations })));
  }
  return protocol.status.serialize({ code, message, details });
}

const protocol = loadProtocol();
