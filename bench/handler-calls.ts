import { setImmediate } from 'node:timers/promises';
import { Metadata, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import type { DirectMethod } from '../src/grpc/direct-call.ts';

/** The reply; the first call of a key also loads it. */
export function answerOf(method: DirectMethod, request: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  method(
    callWith(request, (reply, code) =>
      reply && code === status.OK ? resolve(reply) : reject(new Error(`A call failed: ${code}.`)),
    ),
  );
  return promise;
}

/**
 * Calls arrive by the hundred in one turn of the event loop, as they do under load. CPU time is that of all threads, so that
 * collecting the garbage of a call counts too.
 */
export async function microsecondsPerCall(method: DirectMethod, request: Buffer, turns: number): Promise<number> {
  let answered = 0;
  const count = (_reply: Buffer | undefined, code: status): void => {
    if (code === status.OK) answered += 1;
  };
  const before = process.cpuUsage();
  for (let turn = 0; turn < turns; turn++) {
    for (let made = 0; made < callsPerTurn; made++) method(callWith(request, count));
    await setImmediate();
  }
  const { user, system } = process.cpuUsage(before);
  const calls = turns * callsPerTurn;
  if (answered !== calls) throw new Error(`${calls - answered} of ${calls} calls were not answered in their turn.`);
  return (user + system) / calls;
}

/** A method that does nothing but what gRPC asks of every method. */
export function emptyMethod(reply: Buffer): DirectMethod {
  return (call) =>
    call.start({
      onReceiveMetadata: () => call.startRead(),
      onReceiveMessage: () => call.startRead(),
      onReceiveHalfClose: () => {
        call.sendMessage(reply, () => undefined);
        call.sendStatus({ code: status.OK, details: 'OK', metadata: null });
      },
      onCancel: () => undefined,
    });
}

type Ended = (reply: Buffer | undefined, code: status) => void;

/** A call of gRPC without a network: the parts of it that a method served directly uses. */
function callWith(request: Buffer, ended: Ended): ServerInterceptingCallInterface {
  type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];
  let listener: Listener | undefined;
  let isRead = false;
  let reply: Buffer | undefined;
  const call: Partial<ServerInterceptingCallInterface> = {
    start: (given) => {
      listener = given;
      given.onReceiveMetadata(metadata);
    },
    startRead: () => {
      if (isRead) return listener?.onReceiveHalfClose();
      isRead = true;
      return listener?.onReceiveMessage(request);
    },
    getDeadline: () => Infinity,
    sendMessage: (message: Buffer, sent) => {
      reply = message;
      sent();
    },
    sendStatus: ({ code }) => ended(reply, code),
  };
  return call as ServerInterceptingCallInterface;
}

const metadata = new Metadata();
const callsPerTurn = 100;
