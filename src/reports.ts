import { performance } from 'node:perf_hooks';
import type { LookReport } from './control-plane/jobs/look-at-keys.ts';
import type { RefusedUse } from './data-plane/data-plane.ts';
import type { ConnectionReport } from './grpc/listener.ts';
import type { SourceReport } from './identity/source.ts';
import type { Log } from './log.ts';
import type { Metrics, SealedKind } from './metrics.ts';
import type { TlsReport } from './tls/reloading-tls.ts';

// What parts of the service tell goes to the metrics and to the log.

export function rowReport(metrics: Pick<Metrics, 'rowRefused'>, log: Log): (kind: SealedKind, primaryKey: string) => void {
  return (kind, primaryKey) => {
    metrics.rowRefused(kind);
    log.error({ kind, primaryKey }, 'a record of the store is not authentic and was refused');
  };
}

export function useReport(metrics: Pick<Metrics, 'useRefused'>, log: Log): (use: RefusedUse) => void {
  return (use) => {
    metrics.useRefused(use.reason);
    log.warn({ ...use }, 'a key was asked for that must not be used');
  };
}

/** `steadyNow` in milliseconds, of a clock that never goes back. */
export function connectionReport(
  metrics: Pick<Metrics, 'connectionRefused'>,
  log: Log,
  steadyNow: () => number = () => performance.now(),
): ConnectionReport {
  // Anybody can present a certificate, as often as they like.
  const seldom = atMost(certificateLines, steadyNow);
  return {
    refused: (reason) => metrics.connectionRefused(reason),
    unverified: (listener, { problem, remoteAddress }) =>
      seldom((unsaid) => log.warn({ listener, remoteAddress, problem, unsaid }, "a client's certificate was not accepted")),
    distrusted: (listener, connections) =>
      log.info({ listener, connections }, 'connections were ended: authorities of their certificates are not trusted any more'),
  };
}

export function tlsReport(metrics: Pick<Metrics, 'tlsReloaded'>, log: Log): TlsReport {
  return {
    reloaded: ({ setting }, { warnings }) => {
      metrics.tlsReloaded('TAKEN');
      log.info({ setting, warnings }, 'certificates were read again');
    },
    refused: ({ setting }, error) => {
      metrics.tlsReloaded('REFUSED');
      log.error({ setting, problem: error.message }, 'new certificates do not do; those that were read before stay in use');
    },
  };
}

export function sourceReport(log: Log): SourceReport {
  return {
    reloaded: (where) => log.info({ where }, 'was read again'),
    broken: (where, problem) => log.error({ where, problem }, 'cannot be used; what was read before stays in use'),
  };
}

export function lookReport(metrics: Pick<Metrics, 'keyChanged'>, log: Log): LookReport {
  return {
    done: (keyId, event) => {
      metrics.keyChanged(event);
      log.info({ keyId, event }, 'a key was changed because it was due');
    },
    failed: (keyId, error) => log.error({ keyId, err: error }, 'what is due for a key could not be done'),
  };
}

/** Runs what it is given, but no more often than `times` in a minute; tells it how many were left out since the last one. */
function atMost(times: number, steadyNow: () => number): (say: (unsaid: number) => void) => void {
  let minute = { begunAt: -Infinity, said: 0 };
  let unsaid = 0;
  return (say) => {
    const now = steadyNow();
    if (now - minute.begunAt >= 60_000) minute = { begunAt: now, said: 0 };
    if (minute.said >= times) {
      unsaid += 1;
      return;
    }
    minute.said += 1;
    say(unsaid);
    unsaid = 0;
  };
}

/** Of the log in a minute about clients' certificates. */
const certificateLines = 10;
