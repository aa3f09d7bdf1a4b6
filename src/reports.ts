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

export function connectionReport(metrics: Pick<Metrics, 'connectionRefused'>, log: Log): ConnectionReport {
  return {
    refused: (reason) => metrics.connectionRefused(reason),
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
