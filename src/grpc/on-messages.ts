import type { MethodDefinition } from '@grpc/proto-loader';
import { KmsError } from '../errors.ts';
import type { Caller } from '../pipeline.ts';
import { malformedRequest, requestCheck } from './well-formed.ts';

/** Work on bytes: those of a request in, those of its response out. */
export type BytesOperation = (request: Buffer, caller: Caller) => Buffer | Promise<Buffer>;

/** What a method does with a message, as work on bytes. It throws INVALID_REQUEST for bytes that are no request of the method. */
export function onMessages(method: AnyMethod, work: (request: never, caller: Caller) => object | Promise<object>): BytesOperation {
  const check = requestCheck(method);
  const decoded = (bytes: Buffer): never => {
    try {
      check(bytes);
      // The type of `work` and the method's definition are made from the same proto.
      return method.requestDeserialize(bytes) as never;
    } catch (error) {
      throw error instanceof KmsError ? error : malformedRequest();
    }
  };
  return (bytes, caller) => {
    const response = work(decoded(bytes), caller);
    return response instanceof Promise ? response.then(method.responseSerialize) : method.responseSerialize(response);
  };
}

type AnyMethod = MethodDefinition<object, object>;
