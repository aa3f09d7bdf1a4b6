import { performance } from 'node:perf_hooks';
import type { ServerUnaryCall, handleUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { Call, Caller, Pipeline } from '../pipeline.ts';
import { Malformed } from './malformed.ts';
import type { InFlightBytes } from './in-flight-bytes.ts';
import type { FailedStatus } from './status.ts';
import type { Turn } from './turn.ts';

/** What handlers need to answer calls. */
export interface Answering {
  readonly pipeline: Pipeline;
  readonly encodeStatus: (error: unknown) => FailedStatus;
  readonly turn: Turn;
  readonly inFlight: InFlightBytes;
  /** Greatest message in either direction. */
  readonly maxMessageBytes: number;
}

/** The gRPC handler of a method whose work is `operation`. */
export function unaryHandler<Request, Response>(
  method: string,
  operation: (request: Request, caller: Caller) => Response | Promise<Response>,
  { pipeline, encodeStatus, turn }: Answering,
): handleUnaryCall<Request | Malformed, Response> {
  return (call, callback: sendUnaryData<Response>) => {
    const arrived = callOf(method, call);
    const work = (caller: Caller) => {
      if (call.request instanceof Malformed) throw call.request.error;
      return operation(call.request, caller);
    };
    const reply = {
      answer: (response: Response) => turn.afterwards(() => callback(null, response)),
      fail: (error: unknown) => turn.afterwards(() => callback(encodeStatus(error))),
    };
    turn.run(() => pipeline.run(arrived, work, reply));
  };
}

function callOf<Request, Response>(method: string, call: ServerUnaryCall<Request, Response>): Call {
  return {
    method,
    arrivedAt: performance.now(),
    deadline: Number(call.getDeadline()),
    isCancelled: () => call.cancelled,
    maxReplyBytes: () => Infinity,
    reserve: () => undefined,
  };
}
