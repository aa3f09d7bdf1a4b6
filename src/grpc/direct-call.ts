import { ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor } from '@grpc/grpc-js';

/** Serves one call from its beginning: it must `start` the call. */
export type DirectMethod = (call: ServerInterceptingCallInterface) => void;

/**
 * Serves methods on the call itself, by their paths, instead of by grpc-js's handlers: they make an event emitter, and for
 * a stream a Node stream, of every call, which costs a stream of small messages five times its work (bench/README.md).
 */
export function servedDirectly(methods: ReadonlyMap<string, DirectMethod>): ServerInterceptor {
  return ({ path }, call) => {
    const method = methods.get(path);
    return new ServerInterceptingCall(call, method && { start: () => method(call) });
  };
}

/** Where grpc-js wants a handler; a method that is served directly never gets there. */
export function neverCalled(): never {
  throw new Error('A method that is served directly was called otherwise.');
}
