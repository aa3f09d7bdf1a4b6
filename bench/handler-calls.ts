import { setImmediate } from 'node:timers/promises';
import type { CallListener, CallStatus, DirectCall, DirectMethod } from '../src/grpc/direct-call.ts';
import { ownersCredentials } from '../test/fakes/callers.ts';

/** The reply; the first call of a key also loads it. */
export function answerOf(method: DirectMethod, request: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  method(
    callWith(request, (reply, status) =>
      reply && status === 'OK' ? resolve(reply) : reject(new Error(`A call failed: ${JSON.stringify(status)}.`)),
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
  const count = (_reply: Buffer | undefined, status: CallStatus): void => {
    if (status === 'OK') answered += 1;
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

/** A method that does nothing but read its request and answer. */
export function emptyMethod(reply: Buffer): DirectMethod {
  return (call) => {
    call.start({
      onReceiveMessage: () => call.startRead(),
      onReceiveHalfClose: () => {
        call.sendMessage(reply, () => undefined);
        call.sendStatus('OK');
      },
      onEnded: () => undefined,
      onClose: () => undefined,
    });
    call.startRead();
  };
}

type Ended = (reply: Buffer | undefined, status: CallStatus) => void;

/** A call of gRPC without a network. */
function callWith(request: Buffer, ended: Ended): DirectCall {
  let listener: CallListener | undefined;
  let isRead = false;
  let reply: Buffer | undefined;
  return {
    headers: {},
    credentials: ownersCredentials,
    deadline: Infinity,
    session: undefined,
    start: (given) => {
      listener = given;
    },
    hold: () => undefined,
    startRead: () => {
      if (isRead) return listener?.onReceiveHalfClose();
      isRead = true;
      return listener?.onReceiveMessage(request);
    },
    sendMessage: (message, sent) => {
      reply = message;
      sent();
    },
    sendStatus: (status) => ended(reply, status),
  };
}

const callsPerTurn = 100;
