import { type ServerHttp2Session, constants } from 'node:http2';
import type { OpenExchanges } from './open-exchanges.ts';

/**
 * Ends a connection at a certain age, so that clients come back and spread over the servers that there are now: its streams
 * of Exchange are told, new calls are sent elsewhere (GOAWAY), and what is under way has a grace to end in.
 */
export function endWithAge(
  session: ServerHttp2Session,
  { maxAgeMs, exchanges }: { maxAgeMs: number; exchanges: OpenExchanges },
): void {
  const graceMs = Math.min(maxGraceMs, maxAgeMs);
  // A tenth more or less, so that connections that were made together do not end together.
  const aging = setTimeout(() => end(session, exchanges, graceMs), maxAgeMs * (0.9 + 0.2 * Math.random())).unref();
  session.once('close', () => clearTimeout(aging));
}

function end(session: ServerHttp2Session, exchanges: OpenExchanges, graceMs: number): void {
  // Its client has said goodbye and keeps the connection half open: there is no 'close' until that is closed too.
  if (session.destroyed) return;
  exchanges.drain(graceMs, session);
  session.goaway(constants.NGHTTP2_NO_ERROR, greatestStreamId);
  // When it is answered the client has heard, and what it began before that is here.
  session.ping(() => session.close());
  const ending = setTimeout(() => session.destroy(), graceMs + settlingMs).unref();
  session.once('close', () => clearTimeout(ending));
}

const maxGraceMs = 30_000;
/** For the last answers to leave. */
const settlingMs = 1_000;
/** Streams that the client begins before it hears of it are still served. */
const greatestStreamId = 2 ** 31 - 1;
