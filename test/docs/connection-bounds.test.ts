import { expect, it } from 'vitest';
import { maxGraceMs } from '../../src/grpc/connection-age.ts';
import { maxConnections, maxSilenceMs, maxStrangers, maxStrangersStreams } from '../../src/grpc/listener.ts';
import { maxExchanges } from '../../src/grpc/open-exchanges.ts';
import { maxConcurrentStreams } from '../../src/grpc/server.ts';
import { maxWatchesInAll, maxWatchesOfConnection } from '../../src/grpc/watch-limit.ts';
import { maxMetricsConnections } from '../../src/http/metrics-server.ts';
import { refusedConnectionReasons } from '../../src/metrics.ts';
import { leastHandshakeMs, maxHandshakes } from '../../src/tls/handshakes.ts';
import { handshakeTimeoutMs } from '../../src/tls/tls-options.ts';
import { codeOf, readDocument, tableRows } from './documents.ts';

const rows = tableRows(readDocument('docs/CONFIGURATION.md'), 'what');

it('docs/CONFIGURATION.md has the bounds on connections, and no other', () => {
  const seconds = (milliseconds: number) => `${milliseconds / 1000} s`;
  expect(Object.fromEntries(rows.map(([what = '', most = '']) => [what, most]))).toEqual({
    'connections of a listener': `${maxConnections}`,
    'of these, on which nobody was let in so far': `${maxStrangers}`,
    'calls at once on those together': `${maxStrangersStreams}`,
    'calls of Watch (health) at once': `${maxWatchesInAll}`,
    'of these, on one connection': `${maxWatchesOfConnection}`,
    'TLS handshakes under way at a listener': `${maxHandshakes}`,
    'least time of a handshake that others crowd out': seconds(leastHandshakeMs),
    'time for a handshake': seconds(handshakeTimeoutMs),
    'time until the first call': seconds(maxSilenceMs),
    'calls at once on a connection': `${maxConcurrentStreams}`,
    'streams of Exchange, of all connections together': `${maxExchanges}`,
    'time left at the end for what is under way': seconds(maxGraceMs),
    'connections of `metrics`': `${maxMetricsConnections}`,
  });
});

it('docs/CONFIGURATION.md names reasons that the metric has', () => {
  const named = rows.flatMap(([, , beyond = '']) => codeOf(beyond));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((reason) => !(refusedConnectionReasons as readonly string[]).includes(reason))).toEqual([]);
});
