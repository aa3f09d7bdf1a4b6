import type { handleUnaryCall } from '@grpc/grpc-js';
import type { KeyServiceHandlers } from '../generated/latchkey/v1/KeyService.ts';

/** For each method of KeyService, its work: message in, message out. */
export type KeyServiceMethods = {
  readonly [
    Method in keyof KeyServiceHandlers as string extends Method ? never : Method
  ]: KeyServiceHandlers[Method] extends handleUnaryCall<infer Request, infer Response>
    ? (request: Request) => Promise<Response>
    : never;
};
