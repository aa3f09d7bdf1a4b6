import { type Server, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData, status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';

/**
 * grpc.health.v1.Health: all services are served until the server stops. The library's own implementation keeps the name of every
 * Watch for ever, whatever the caller makes up.
 */
export class Health {
  readonly #services: ReadonlySet<string>;
  readonly #watching = new Set<WatchCall>();
  #status: 'SERVING' | 'NOT_SERVING' = 'SERVING';

  /** '' is the server as a whole. */
  constructor(services: readonly string[]) {
    this.#services = new Set(services);
  }

  addToServer(server: Server): void {
    server.addService(service, {
      check: (call: CheckCall, reply: sendUnaryData<HealthCheckResponse>) => this.#check(call, reply),
      watch: (call: WatchCall) => this.#watch(call),
      list: (_: unknown, reply: sendUnaryData<object>) => reply(null, { statuses: this.#statuses() }),
    });
  }

  /** Tells whoever asks or watches that the server stops. */
  stop(): void {
    this.#status = 'NOT_SERVING';
    for (const call of this.#watching) call.write({ status: this.#status });
  }

  #check({ request }: CheckCall, reply: sendUnaryData<HealthCheckResponse>): void {
    if (this.#services.has(request.service)) reply(null, { status: this.#status });
    else reply({ code: status.NOT_FOUND, details: 'There is no such service here.' });
  }

  /** The services never change, so that nothing ever happens to one that is not known. */
  #watch(call: WatchCall): void {
    const isKnown = this.#services.has(call.request.service);
    call.write({ status: isKnown ? this.#status : 'SERVICE_UNKNOWN' });
    if (!isKnown) return;
    this.#watching.add(call);
    call.once('cancelled', () => this.#watching.delete(call));
  }

  #statuses(): Record<string, HealthCheckResponse> {
    return Object.fromEntries([...this.#services].map((name) => [name, { status: this.#status }]));
  }
}

interface HealthCheckRequest {
  readonly service: string;
}

interface HealthCheckResponse {
  readonly status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}

type CheckCall = ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>;
type WatchCall = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;
