import type { ServerUnaryCall, handleUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { Call, Caller, Pipeline } from '../pipeline.ts';
import { Malformed } from './malformed.ts';
import type { FailedStatus } from './status.ts';

/** What handlers need to answer calls. */
export interface Answering {
  readonly pipeline: Pipeline;
  readonly encodeStatus: (error: unknown) => FailedStatus;
}

/** The gRPC handler of a method whose work is `operation`. */
export function unaryHandler<Request, Response>(
  method: string,
  operation: (request: Request, caller: Caller) => Response | Promise<Response>,
  { pipeline, encodeStatus }: Answering,
): handleUnaryCall<Request | Malformed, Response> {
  return (call, callback: sendUnaryData<Response>) => {
    pipeline.run(
      callOf(method, call),
      (caller) => {
        if (call.request instanceof Malformed) throw call.request.error;
        return operation(call.request, caller);
      },
      { answer: (response) => callback(null, response), fail: (error) => callback(encodeStatus(error)) },
    );
  };
}

function callOf<Request, Response>(method: string, call: ServerUnaryCall<Request, Response>): Call {
  return { method, deadline: Number(call.getDeadline()), isCancelled: () => call.cancelled };
}
