import type { Client, ServiceError } from '@grpc/grpc-js';
import { verifyChecksums, withChecksum } from './checksums.ts';
import { type KnownNames, refuseUnknownNames } from './known-names.ts';
import { patiently } from './patience.ts';
import type { Protocol } from './protocol.ts';
import { latchkeyError } from './service-error.ts';
import type { CallMetadata } from './token.ts';

/**
 * A service as functions that return promises: `CreateKey` of the proto file is `createKey(request, options?)`. Streams are not
 * among them.
 */
export type PromiseClient<Definition> = {
  readonly [Name in Exclude<MethodName<Definition>, StreamingMethod> as Uncapitalize<Name>]: Definition[Name] extends Method<
    infer Request,
    infer Response
  >
    ? (request: BytesOnly<Request>, options?: CallOptions) => Promise<Response>
    : never;
};

export interface CallOptions {
  /** How long this call may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** How long the reply to a batch may be, in bytes up to 64 MiB; default 4 MiB. A longer one is RESPONSE_TOO_LARGE. */
  readonly maxReplyBytes?: number;
}

/** What every call needs: the channel, what goes with it, how to read errors, and how long to wait by default. */
interface Callable {
  readonly client: Pick<Client, 'makeUnaryRequest'>;
  readonly metadata: CallMetadata;
  readonly protocol: Protocol;
  readonly timeoutMs: number;
}

export function promiseClient<Definition extends Service>(definition: Definition, callable: Callable): PromiseClient<Definition> {
  const unary = Object.entries<Method<object, object>>(definition).filter(
    ([, { requestStream, responseStream }]) => !requestStream && !responseStream,
  );
  const calls = unary.map(([name, method]) => {
    const callName = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const fields = fieldNames(method);
    const checkedCall = async (request: object, options: CallOptions = {}) => {
      refuseUnknownNames(callName, request, fields);
      refuseUnknownNames(`options of ${callName}`, options, optionNames);
      return call(method, request, { ...callable, ...options });
    };
    return [callName, checkedCall];
  });
  // The mapped type above says the same about the definition's type as the lines above do about its value.
  return Object.fromEntries(calls) as PromiseClient<Definition>;
}

async function call(
  method: Method<object, object>,
  request: object,
  { client, metadata, protocol, timeoutMs, maxReplyBytes }: Callable & CallOptions,
): Promise<object> {
  const deadline = Date.now() + timeoutMs;
  const made = metadata(maxReplyBytes);
  const patience = { deadline: performance.now() + timeoutMs, signal: undefined };
  const callMetadata = made instanceof Promise ? await patiently(made, patience) : made;
  const { promise: answer, resolve } = Promise.withResolvers<{ error: ServiceError | null; response: object }>();
  client.makeUnaryRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    withChecksum(request),
    callMetadata,
    { deadline },
    (error, response = {}) => resolve({ error, response }),
  );
  const { error, response } = await answer;
  // Thrown here and not in the callback, so that its stack leads to the caller.
  if (error !== null) throw latchkeyError(error, protocol);
  verifyChecksums(response);
  return response;
}

/** Those of the request's message, and of its oneofs, which answers carry and the generated types allow. */
function fieldNames({ path, requestType }: Method<object, object>): KnownNames {
  if (requestType === undefined) throw new Error(`Nothing describes the requests of ${path}.`);
  // proto-loader says which message describes a type, and types it as any object.
  const { field, oneofDecl } = requestType.type as MessageNames;
  return Object.fromEntries([...field, ...oneofDecl].map(({ name }) => [name, true]));
}

type Service = Readonly<Record<string, Method<object, object>>>;

/** The part of proto-loader's MethodDefinition that a caller needs. */
interface Method<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  /** Always there; grpc-js's type of a definition does not know it. */
  readonly requestType?: { readonly type: object };
  readonly responseStream: boolean;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** The part of a DescriptorProto that names fields. */
interface MessageNames {
  readonly field: readonly { readonly name: string }[];
  readonly oneofDecl: readonly { readonly name: string }[];
}

const optionNames = { timeoutMs: true, maxReplyBytes: true } satisfies Record<keyof CallOptions, true>;

/** The generated definitions do not say in their types which methods these are. */
type StreamingMethod = 'Exchange';

/** The methods' names without the index signature that generated definitions inherit. */
type MethodName<Definition> = keyof {
  [Name in keyof Definition as string extends Name ? never : number extends Name ? never : Name]: never;
} &
  string;

/** protobufjs takes a string for a bytes field and decodes it as base64; here bytes are bytes. */
type BytesOnly<Request> = {
  [Field in keyof Request]: Uint8Array extends Request[Field] ? Exclude<Request[Field], string> : Request[Field];
};
