import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { type KmsError, invalidField } from '../errors.ts';
import type { DirectMethod } from './direct-call.ts';
import { Http2Call, type Http2CallParts } from './http2-call.ts';

export interface DirectDoorParts extends Http2CallParts {
  /** By their paths. */
  readonly methods: ReadonlyMap<string, DirectMethod>;
  /** Told of each call that is answered before its method hears of it. */
  readonly refused: (path: string, error: KmsError) => void;
}

/**
 * Serves methods on the HTTP/2 streams of their calls: what grpc-js makes of a call takes more than half as much time as Node's
 * HTTP/2 does, and five times the work of an Encrypt (bench/README.md). Answers false for what is left to grpc-js: other
 * methods, and what is not gRPC.
 */
export function servedDirectly(parts: DirectDoorParts): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean {
  return (stream, headers) => {
    const path = headers[':path'] ?? '';
    const method = parts.methods.get(path);
    if (method === undefined || !headers['content-type']?.startsWith('application/grpc')) return false;
    const call = new Http2Call(stream, headers, parts);
    if (Number.isNaN(call.deadline)) {
      const error = malformedTimeout();
      call.sendStatus(parts.encodeStatus(error));
      parts.refused(path, error);
    } else {
      method(call);
    }
    return true;
  };
}

function malformedTimeout(): KmsError {
  return invalidField('grpc-timeout', 'must be up to eight digits and one of the units H, M, S, m, u and n.');
}
