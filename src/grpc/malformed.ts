import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { KmsError } from '../errors.ts';
import { type RequestCheck, malformedRequest, requestCheck } from './well-formed.ts';

/** Stands for a request that does not decode: grpc-js would answer INTERNAL for what is the caller's mistake. */
export class Malformed {
  /** INVALID_REQUEST. */
  readonly error: KmsError;

  constructor(error: KmsError) {
    this.error = error;
  }
}

/** The service with requests that decode to a message or to `Malformed`. */
export function refusingMalformed(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]: [string, AnyMethod]) => {
      const check = requestCheck(method);
      return [name, { ...method, requestDeserialize: (bytes: Buffer) => decoded(method, check, bytes) }];
    }),
  );
}

type AnyMethod = MethodDefinition<object, object>;

function decoded(method: AnyMethod, check: RequestCheck, bytes: Buffer): object {
  try {
    check(bytes);
    return method.requestDeserialize(bytes);
  } catch (error) {
    return new Malformed(error instanceof KmsError ? error : malformedRequest());
  }
}
