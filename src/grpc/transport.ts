import type { ServerHttp2Session, ServerHttp2Stream, Http2Server, Settings } from 'node:http2';
import { Metadata, type Server, type ServerInterceptingCallInterface } from '@grpc/grpc-js';

/**
 * What grpc-js has no option for. All that the service knows of its insides is in this file, and test/grpc/transport.test.ts
 * fails when another version of it differs.
 */
export function tuneTransport(server: Server, { onSession, onStream }: TransportListener): void {
  const inside = server as unknown as ServerInside;
  // Windows of 64 KiB make a large message wait for its own acknowledgements, and frames of 16 KiB cost 31 µs each.
  inside.commonServerOptions.settings = {
    ...inside.commonServerOptions.settings,
    initialWindowSize: streamWindowBytes,
    maxFrameSize: maxFrameBytes,
  };
  const createHttp2Server = inside.createHttp2Server.bind(server);
  inside.createHttp2Server = (credentials) => {
    const http2Server = createHttp2Server(credentials);
    http2Server.on('session', (session) => {
      session.setLocalWindowSize(connectionWindowBytes);
      onSession(session);
    });
    // Before grpc-js sees the stream, so that its bytes are seen here first.
    http2Server.prependListener('stream', (stream, headers) => onStream(stream, headers[':path'] ?? ''));
    return http2Server;
  };
}

export interface TransportListener {
  readonly onSession: (session: ServerHttp2Session) => void;
  readonly onStream: (stream: ServerHttp2Stream, path: string) => void;
}

/** The HTTP/2 stream that carries a call. */
export function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream {
  const { stream } = call as unknown as { readonly stream?: ServerHttp2Stream };
  if (stream === undefined) throw new Error('grpc-js keeps the stream of a call elsewhere.');
  return stream;
}

/**
 * Writes a message that stands in its frame, as `sendMessage` of the call would without its copy. Nothing happens when the call
 * has ended. `written` is called when gRPC would call back; its argument is whether nobody reads the frame any more: of a
 * stream that was destroyed, bytes may still be on their way to the socket.
 */
export function writeFrame(call: ServerInterceptingCallInterface, frame: Buffer, written: (isDone: boolean) => void): void {
  const stream = streamOf(call);
  if (stream.destroyed || stream.closed || stream.writableEnded) return;
  // Once for every call.
  call.sendMetadata(noMetadata);
  stream.write(frame, (error) => {
    if (!error) written(!stream.destroyed);
  });
}

/** Bytes of one stream that may be under way or unread. */
export const streamWindowBytes = 1024 * 1024;
/** Bytes of one connection that may be under way: Node acknowledges them as they come. */
export const connectionWindowBytes = 16 * 1024 * 1024;
export const maxFrameBytes = 1024 * 1024;

const noMetadata = new Metadata();

interface ServerInside {
  readonly commonServerOptions: { settings?: Settings };
  createHttp2Server: (credentials: unknown) => Http2Server;
}
