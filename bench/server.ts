import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { type Answer, type Listening, type Question, emptyMethod } from './server-messages.ts';

/**
 * The process that is measured: the real server, started by its own main.ts, and beside it a gRPC server whose only method
 * does nothing. Both in one process, because one and the same handler differs by up to 30 % between two processes.
 */
async function main(): Promise<void> {
  let reply = Buffer.alloc(0);
  const emptyAddress = await listen((_call, callback) => callback(null, reply));
  tell({ emptyAddress });

  process.on('message', ({ emptyReplyBytes }: Question) => {
    if (emptyReplyBytes !== undefined) reply = Buffer.alloc(emptyReplyBytes);
    const { user, system } = process.cpuUsage();
    tell({ cpuMicroseconds: user + system });
  });
  process.on('disconnect', () => process.exit(1));
  await import('../src/main.ts');
}

/** With the options of the service's own server. Answers `host:port`. */
function listen(handler: handleUnaryCall<Buffer, Buffer>): Promise<string> {
  const server = new Server({ 'grpc.enable_channelz': 0, 'grpc.max_concurrent_streams': 1000 });
  server.addService({ Call: method }, { Call: handler });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error ? reject(error) : resolve(`127.0.0.1:${port}`),
  );
  return promise;
}

function tell(message: Listening | Answer): void {
  process.send?.(message);
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

const method = {
  path: emptyMethod,
  requestStream: false,
  responseStream: false,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
};

await main();
