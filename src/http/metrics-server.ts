import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Registry } from 'prom-client';
import { StartRefused } from '../errors.ts';
import { hasUnverifiedCertificate } from '../tls/client-certificate.ts';
import { Handshakes } from '../tls/handshakes.ts';
import type { ReloadingTls } from '../tls/reloading-tls.ts';
import { handshakeOptions, secureContextOptions } from '../tls/tls-options.ts';

export interface MetricsDoor {
  /** Where it listens, `host:port`. */
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `/metrics` for Prometheus, `/healthz` (the process answers) and `/readyz` (calls are being taken) for whoever watches the
 * process. Nothing else, and only GET and HEAD.
 */
export async function openMetricsDoor({ host, port, tls, registry, isReady, onError }: MetricsDoorParts): Promise<MetricsDoor> {
  const listener: RequestListener = (request, response) => {
    answer(request, response, { registry, isReady }).catch((error: unknown) => {
      onError(error);
      response.writeHead(500).end('The metrics could not be collected; the log says why.\n');
    });
  };
  const server = tls === undefined ? createServer(listener) : httpsServer(tls, listener);
  server.requestTimeout = requestTimeoutMs;
  server.maxConnections = maxMetricsConnections;
  server.listen(port, host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new StartRefused(
      `Cannot listen on ${host}:${port} for metrics: ${String(cause)}. LATCHKEY_METRICS_ADDRESS names another address.`,
      { cause },
    );
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    host,
    port: taken,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface MetricsDoorParts {
  readonly host: string;
  readonly port: number;
  /** Absent: plaintext. */
  readonly tls?: ReloadingTls;
  readonly registry: Registry;
  readonly isReady: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** After a change of files the connections that there are end, so that none outlives what it was accepted with. */
function httpsServer(tls: ReloadingTls, listener: RequestListener): Server {
  const { settings, current } = tls;
  const server = createHttpsServer({ ...handshakeOptions(settings), ...secureContextOptions(current, settings) }, listener);
  const handshakes = new Handshakes(server);
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (hasUnverifiedCertificate(socket)) socket.destroy();
  });
  tls.onChange((material) => {
    server.setSecureContext(secureContextOptions(material, settings));
    handshakes.endAll();
    server.closeAllConnections();
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { registry, isReady }: Pick<MetricsDoorParts, 'registry' | 'isReady'>,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  switch ((request.url ?? '').split('?', 1)[0] ?? '') {
    case '/metrics':
      response.setHeader('content-type', registry.contentType);
      response.end(await registry.metrics());
      return;
    case '/healthz':
      response.end('ok\n');
      return;
    case '/readyz':
      response.writeHead(isReady() ? 200 : 503).end(isReady() ? 'ready\n' : 'not ready\n');
      return;
    default:
      response.writeHead(404).end('There are /metrics, /healthz and /readyz.\n');
  }
}

const requestTimeoutMs = 10_000;
/** Of those who watch there are few. */
export const maxMetricsConnections = 128;
