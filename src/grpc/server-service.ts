import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { GetServerInfoResponse } from '../generated/latchkey/v1/GetServerInfoResponse.ts';
import { type Answering, unaryHandler } from './unary.ts';

/** ServerService: facts that do not change while the server runs. */
export function serverHandlers(info: GetServerInfoResponse, answering: Answering): UntypedServiceImplementation {
  return { GetServerInfo: unaryHandler('GetServerInfo', () => info, answering) };
}
