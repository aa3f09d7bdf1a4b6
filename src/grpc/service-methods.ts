import type { handleUnaryCall } from '@grpc/grpc-js';
import type { AccessServiceHandlers } from '../generated/latchkey/v1/AccessService.ts';
import type { KeyServiceHandlers } from '../generated/latchkey/v1/KeyService.ts';
import type { Caller } from '../pipeline.ts';

/** For each method of a service, its work: message in, message out. */
export type MethodsOf<Handlers> = {
  readonly [Method in keyof Handlers as string extends Method ? never : Method]: Handlers[Method] extends handleUnaryCall<
    infer Request,
    infer Response
  >
    ? (request: Request, caller: Caller) => Promise<Response>
    : never;
};

export type KeyServiceMethods = MethodsOf<KeyServiceHandlers>;
export type AccessServiceMethods = MethodsOf<AccessServiceHandlers>;
