import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/**
 * Answers a request that is no POST, which no call of gRPC is, and says that it did. Node takes a stream of HEAD for answered
 * before anybody has seen it, so that nothing that counts or limits its bytes would hold.
 */
export function refusedUnlessPost(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
  if (headers[':method'] === 'POST') return false;
  stream.on('error', ignore);
  stream.respond({ ':status': 405, allow: 'POST' }, { endStream: true });
  // What it carries is dropped; the gate ends who goes on sending.
  stream.resume();
  return true;
}

function ignore(): void {}
