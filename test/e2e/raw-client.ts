import { type ChannelCredentials, Client, Metadata, type ServiceError, credentials, status as statusCodes } from '@grpc/grpc-js';
import { type Protocol, loadProtocol } from '../../src/client/protocol.ts';

/** Calls with bytes as they are, so that requests can be sent that no client library would make. */
export interface RawClient {
  /** `method` is `CryptoService/Encrypt`. */
  call(method: string, request: Uint8Array, options?: RawOptions): Promise<RawAnswer>;
  close(): void;
}

interface RawOptions {
  /** Milliseconds from now; none by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly maxReplyBytes?: number;
  /** Values of the metadata `authorization`, instead of the token. */
  readonly authorization?: readonly string[];
}

export type RawAnswer = { readonly ok: true; readonly response: Buffer } | { readonly ok: false; readonly failure: Failure };

/** Everything that a failed call says, read without the client library. */
export interface Failure {
  /** Name of the gRPC code. */
  readonly code: string;
  readonly message: string;
  /** Of google.rpc.ErrorInfo; undefined when there is none. */
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  /** Of google.rpc.BadRequest. */
  readonly fields: readonly string[];
}

/** `token` goes with every call; '' when none is to. */
export function openRawClient(
  { address, token = '' }: { readonly address: string; readonly token?: string },
  channel: ChannelCredentials = credentials.createInsecure(),
): RawClient {
  const protocol = loadProtocol();
  const bearer = token === '' ? [] : [`Bearer ${token}`];
  const client = new Client(address, channel, {
    'grpc.enable_http_proxy': 0,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  return {
    call: (method, request, { timeoutMs, signal, maxReplyBytes, authorization = bearer } = {}) => {
      const { promise, resolve } = Promise.withResolvers<RawAnswer>();
      const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
      const metadata = new Metadata();
      for (const value of authorization) metadata.add('authorization', value);
      if (maxReplyBytes !== undefined) metadata.set('latchkey-max-reply-bytes', String(maxReplyBytes));
      const call = client.makeUnaryRequest(
        `/latchkey.v1.${method}`,
        Buffer.from,
        asItIs,
        Buffer.from(request),
        metadata,
        deadline,
        (error: ServiceError | null, response?: Buffer) => {
          resolve(
            error === null
              ? { ok: true, response: response ?? Buffer.alloc(0) }
              : { ok: false, failure: failureOf(error, protocol) },
          );
        },
      );
      signal?.addEventListener('abort', () => {
        call.cancel();
      });
      return promise;
    },
    close: () => {
      client.close();
    },
  };
}

/** The failure that a call must end in. Throws when it succeeds. */
export async function failure(answer: Promise<RawAnswer>): Promise<Failure> {
  const settled = await answer;
  if (settled.ok) throw new Error(`The call was expected to fail and answered ${settled.response.toString('hex')}.`);
  return settled.failure;
}

function failureOf(error: ServiceError, { status, errorInfo, badRequest }: Protocol): Failure {
  const [encoded] = error.metadata.get('grpc-status-details-bin');
  const details = Buffer.isBuffer(encoded) ? status.deserialize(encoded).details : [];
  const detail = (name: string) => details.find(({ type_url }) => type_url === `type.googleapis.com/google.rpc.${name}`)?.value;
  const info = detail('ErrorInfo');
  const bad = detail('BadRequest');
  const decodedInfo = info && errorInfo.deserialize(info);
  return {
    code: statusCodes[error.code] ?? String(error.code),
    message: error.details,
    reason: decodedInfo?.reason,
    domain: decodedInfo?.domain,
    fields: bad === undefined ? [] : badRequest.deserialize(bad).field_violations.map(({ field }) => field),
  };
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
