import { type ServerHttp2Session, constants } from 'node:http2';
import type { OpenExchanges } from './open-exchanges.ts';

/**
 * Ends a connection at a certain age, so that clients come back and spread over the servers that there are now: its streams
 * of Exchange are told, new calls are sent elsewhere (GOAWAY), and what is under way has a grace to end in. `lifeMs` is what the client's
 * certificate has left: nothing goes on after that.
 */
export function endWithAge(session: ServerHttp2Session, { maxAgeMs, lifeMs = Infinity, exchanges }: ConnectionAge): void {
  // A tenth more or less, so that connections that were made together do not end together.
  const ageMs = maxAgeMs * (0.9 + 0.2 * Math.random());
  const graceMs = Math.min(maxGraceMs, maxAgeMs);
  // With little left, half of it: a client that comes back at once does not come back for ever.
  const announcedAtMs = Math.min(ageMs, Math.max(lifeMs - graceMs - settlingMs, lifeMs / 2), greatestTimerMs);
  const endsAtMs = Math.min(announcedAtMs + graceMs + settlingMs, lifeMs, greatestTimerMs);
  const aging = setTimeout(() => announce(session, exchanges, endsAtMs - announcedAtMs), announcedAtMs).unref();
  const ending = setTimeout(() => session.destroy(), endsAtMs).unref();
  session.once('close', () => {
    clearTimeout(aging);
    clearTimeout(ending);
  });
}

export interface ConnectionAge {
  readonly maxAgeMs: number;
  readonly lifeMs?: number;
  readonly exchanges: Pick<OpenExchanges, 'drain'>;
}

function announce(session: ServerHttp2Session, exchanges: Pick<OpenExchanges, 'drain'>, leftMs: number): void {
  // Its client has said goodbye and keeps the connection half open: there is no 'close' until that is closed too.
  if (session.destroyed) return;
  exchanges.drain(Math.round(Math.max(0, leftMs - settlingMs)), session);
  session.goaway(constants.NGHTTP2_NO_ERROR, greatestStreamId);
  // When it is answered the client has heard, and what it began before that is here.
  session.ping(() => session.close());
}

export const maxGraceMs = 30_000;
/** For the last answers to leave. */
const settlingMs = 1_000;
/** Streams that the client begins before it hears of it are still served. */
const greatestStreamId = 2 ** 31 - 1;
/** A timer for longer would fire at once. */
const greatestTimerMs = 2 ** 31 - 1;
