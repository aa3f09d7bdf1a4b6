import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
  Settings,
} from 'node:http2';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { type Server, ServerCredentials } from '@grpc/grpc-js';

/**
 * What grpc-js has no option for. All that the service knows of its insides is in this file, and test/grpc/transport.test.ts
 * fails when another version of it differs.
 */
export function tuneTransport(server: Server, onStream: StreamTaker): void {
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
    const listener = credentials instanceof ListenerCredentials ? credentials.listener : undefined;
    listener?.onServer(http2Server);
    http2Server.on('session', (session) => {
      session.setLocalWindowSize(connectionWindowBytes);
      listener?.onSession(session);
    });
    const served = http2Server.listeners('stream') as StreamListener[];
    http2Server.removeAllListeners('stream');
    const take: StreamListener = (stream, headers, flags, rawHeaders) => {
      if (!onStream(stream, headers, rawHeaders)) for (const serve of served) serve(stream, headers, flags, rawHeaders);
    };
    // Node's types lack the last argument.
    http2Server.on('stream', take as (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void);
    return http2Server;
  };
}

/** Comes before grpc-js, so that bytes are seen here first. Answers true to serve the stream, which grpc-js does not see then. */
export type StreamTaker = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]) => boolean;

/** Is told of what listens at one address. */
export interface TransportListener {
  onServer(server: Http2Server | Http2SecureServer): void;
  onSession(session: ServerHttp2Session): void;
}

/** Those of grpc-js know neither a least version nor a client's certificate that may be absent. Plaintext without `tls`. */
export class ListenerCredentials extends ServerCredentials {
  readonly listener: TransportListener;

  constructor(listener: TransportListener, tls?: { readonly handshake: TlsOptions; readonly context: SecureContextOptions }) {
    super(tls?.handshake ?? null, tls?.context);
    this.listener = listener;
  }

  /** For the connections that come from now on. */
  setContext(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Bytes of one stream that may be under way or unread. */
export const streamWindowBytes = 1024 * 1024;
/** Bytes of one connection that may be under way: Node acknowledges them as they come. */
export const connectionWindowBytes = 16 * 1024 * 1024;
export const maxFrameBytes = 1024 * 1024;

type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]) => void;

interface ServerInside {
  readonly commonServerOptions: { settings?: Settings };
  createHttp2Server: (credentials: unknown) => Http2Server | Http2SecureServer;
}
