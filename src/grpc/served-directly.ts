import type { IncomingHttpHeaders } from 'node:http2';
import { type KmsError, invalidField } from '../errors.ts';
import type { DirectMethod } from './direct-call.ts';
import { Http2Call, type Http2CallParts } from './http2-call.ts';
import { peerOf } from './peer.ts';
import type { StreamTaker } from './transport.ts';

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
export function servedDirectly(parts: DirectDoorParts): StreamTaker {
  return (stream, headers, rawHeaders) => {
    const path = headers[':path'] ?? '';
    const method = parts.methods.get(path);
    if (method === undefined || !headers['content-type']?.startsWith('application/grpc')) return false;
    // The connection has ended since: there is nobody to answer.
    if (stream.session === undefined) return true;
    const connection = peerOf(stream.session);
    const credentials = { authorization: authorizationOf(headers, rawHeaders), connection };
    const call = new Http2Call(stream, { headers, credentials }, parts);
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

/** Node keeps one of several values of `authorization`; whoever sends several is refused, so all of them are looked at, each behind its name. */
function authorizationOf({ authorization }: IncomingHttpHeaders, rawHeaders: readonly string[]): readonly string[] {
  return authorization === undefined
    ? []
    : rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1] === 'authorization');
}

function malformedTimeout(): KmsError {
  return invalidField('grpc-timeout', 'must be up to eight digits and one of the units H, M, S, m, u and n.');
}
