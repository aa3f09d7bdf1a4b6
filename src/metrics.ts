import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { type ErrorReason, errorReasons } from './generated/error-reasons.ts';

/** How a call can end, as a label: OK, a reason, or one of the statuses that have none. */
export type CallOutcome = 'OK' | 'INTERNAL' | 'DEADLINE_EXCEEDED' | 'CANCELLED' | 'UNAVAILABLE' | ErrorReason;

/** Kinds of rows whose records are sealed. */
export type SealedKind = (typeof sealedKinds)[number];

/** What is known elsewhere and read when metrics are collected. */
export interface MetricSources {
  /** Methods that calls can be counted for. */
  readonly methods: readonly string[];
  readonly keyTable: () => {
    readonly entries: number;
    /** Names of data-plane operations, and for each in turn the numbers of `KeyTableStats.operations`. */
    readonly operationNames: readonly string[];
    readonly operations: Float64Array;
  };
  readonly transport: () => TransportLoad;
  /** When the server's certificate of each listener expires, in ms since 1970. */
  readonly certificates: () => readonly { readonly listener: string; readonly expiresAt: number }[];
  /** Numbers of keys by state, and of those whose material is known; empty when the store cannot be read. */
  readonly countKeys: () => Promise<KeyCounts | undefined>;
}

/** Every metric of the service. Label values come from closed lists. */
export interface Metrics {
  readonly registry: Registry;
  callEnded(method: string, outcome: CallOutcome, milliseconds: number): void;
  rowRefused(kind: SealedKind): void;
  /** A key or backing key was asked for that must not be used. */
  useRefused(reason: RefusedUseReason): void;
  /** What the service did to a key by itself. */
  keyChanged(event: KeyEvent): void;
  connectionRefused(reason: RefusedConnectionReason): void;
  /** The files of a listener's TLS had changed. */
  tlsReloaded(outcome: TlsReloadOutcome): void;
}

/** What the gRPC server holds at this moment. */
export interface TransportLoad {
  readonly openConnections: number;
  readonly openExchanges: number;
  readonly inFlightBytes: number;
  readonly waitingForMemory: number;
}

export interface KeyCounts {
  readonly byState: Readonly<Record<string, number>>;
  readonly insecure: number;
}

export type RefusedUseReason = (typeof refusedUseReasons)[number];
export type KeyEvent = (typeof keyEvents)[number];
export type RefusedConnectionReason = (typeof refusedConnectionReasons)[number];
export type TlsReloadOutcome = (typeof tlsReloadOutcomes)[number];

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const calls = new CallCounts(sources.methods);
  registerCalls(registry, calls);
  registerKeyTable(registry, sources);
  registerTransport(registry, sources);
  registerCertificates(registry, sources);
  registerKeys(registry, sources);
  const refused = new Counter({
    name: 'latchkey_row_authentication_failures_total',
    help: 'Rows of the store that were refused because their record is not authentic.',
    labelNames: ['kind'],
    registers: [registry],
  });
  const uses = new Counter({
    name: 'latchkey_refused_uses_total',
    help: 'Attempts to use a key whose deletion is pending, or a compromised backing key.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'latchkey_key_events_total',
    help: 'Keys that the service itself rotated, whose expired material it destroyed, or that it destroyed.',
    labelNames: ['event'],
    registers: [registry],
  });
  const connections = new Counter({
    name: 'latchkey_refused_connections_total',
    help: 'Connections that were not accepted, or ended before their first call.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const reloads = new Counter({
    name: 'latchkey_tls_reloads_total',
    help: 'Changes of TLS files: taken into use, or refused because they do not do.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  // A counter that appears with its first count hides that count from rate().
  for (const kind of sealedKinds) refused.inc({ kind }, 0);
  for (const reason of refusedUseReasons) uses.inc({ reason }, 0);
  for (const event of keyEvents) events.inc({ event }, 0);
  for (const reason of refusedConnectionReasons) connections.inc({ reason }, 0);
  for (const outcome of tlsReloadOutcomes) reloads.inc({ outcome }, 0);
  return {
    registry,
    callEnded: (method, outcome, milliseconds) => calls.count(method, outcome, milliseconds / 1000),
    rowRefused: (kind) => refused.inc({ kind }),
    useRefused: (reason) => uses.inc({ reason }),
    keyChanged: (event) => events.inc({ event }),
    connectionRefused: (reason) => connections.inc({ reason }),
    tlsReloaded: (outcome) => reloads.inc({ outcome }),
  };
}

/** Counts calls in arrays, because a prom-client counter and histogram cost 1.5 µs a call. */
class CallCounts {
  readonly methods: readonly string[];
  readonly #methodIndex: ReadonlyMap<string, number>;
  readonly #ended: Float64Array;
  readonly #buckets: Float64Array;
  readonly #seconds: Float64Array;

  constructor(methods: readonly string[]) {
    this.methods = methods;
    this.#methodIndex = new Map(methods.map((method, index) => [method, index]));
    this.#ended = new Float64Array(methods.length * outcomes.length);
    this.#buckets = new Float64Array(methods.length * (durationBuckets.length + 1));
    this.#seconds = new Float64Array(methods.length);
  }

  count(method: string, outcome: CallOutcome, seconds: number): void {
    const row = this.#methodIndex.get(method);
    const column = outcomeIndex.get(outcome);
    if (row === undefined || column === undefined) throw new Error(`There is no metric for ${method} ending in ${outcome}.`);
    add(this.#ended, row * outcomes.length + column, 1);
    add(this.#buckets, row * (durationBuckets.length + 1) + bucketOf(seconds), 1);
    add(this.#seconds, row, seconds);
  }

  /** Calls of a method that ended so. */
  ended(row: number, column: number): number {
    return this.#ended[row * outcomes.length + column] ?? 0;
  }

  /** Calls of a method by bucket of duration, the last for those over all bounds; and their seconds in all. */
  durations(row: number): { readonly counts: Float64Array; readonly seconds: number } {
    const width = durationBuckets.length + 1;
    return { counts: this.#buckets.subarray(row * width, (row + 1) * width), seconds: this.#seconds[row] ?? 0 };
  }
}

function registerCalls(registry: Registry, calls: CallCounts): void {
  new Counter({
    name: 'latchkey_calls_total',
    help: 'Calls that ended, by method and reason; OK, INTERNAL, DEADLINE_EXCEEDED, CANCELLED and UNAVAILABLE beside the reasons of errors.proto.',
    labelNames: ['method', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [row, method] of calls.methods.entries()) {
        for (const [column, reason] of outcomes.entries()) {
          const ended = calls.ended(row, column);
          if (ended > 0) this.inc({ method, reason }, ended);
        }
      }
    },
  });
  const name = 'latchkey_call_duration_seconds';
  const help = 'Time from a request being read to its answer being handed to gRPC.';
  const durations = new Histogram({ name, help, labelNames: ['method'], buckets: durationBuckets, registers: [registry] });
  // What it would have counted itself is replaced, in both forms in which a registry reads it.
  const read = async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: histogramValues(name, calls) });
  Object.assign(durations, { get: read, getForPromString: read });
}

function histogramValues(name: string, calls: CallCounts): object[] {
  return calls.methods.flatMap((method, row) => {
    const { counts, seconds } = calls.durations(row);
    let total = 0;
    const buckets = [...durationBuckets, '+Inf'].map((le, index) => {
      total += counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le, method }, value: total };
    });
    if (total === 0) return [];
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { method }, value: seconds },
      { metricName: `${name}_count`, labels: { method }, value: total },
    ];
  });
}

function registerKeyTable(registry: Registry, { keyTable }: MetricSources): void {
  new Gauge({
    name: 'latchkey_key_table_entries',
    help: 'Backing keys that are unwrapped in native memory.',
    registers: [registry],
    collect() {
      this.set(keyTable().entries);
    },
  });
  for (const { column, scale, ...metric } of operationMetrics) {
    new Counter({
      ...metric,
      labelNames: ['operation'],
      registers: [registry],
      collect() {
        this.reset();
        const { operationNames, operations } = keyTable();
        const stride = operations.length / operationNames.length;
        for (const [row, operation] of operationNames.entries())
          this.inc({ operation }, (operations[row * stride + column] ?? 0) * scale);
      },
    });
  }
}

function registerTransport(registry: Registry, { transport }: MetricSources): void {
  for (const { source, ...metric } of transportMetrics) {
    new Gauge({
      ...metric,
      registers: [registry],
      collect() {
        this.set(transport()[source]);
      },
    });
  }
}

function registerCertificates(registry: Registry, { certificates }: MetricSources): void {
  new Gauge({
    name: 'latchkey_tls_certificate_expiry_timestamp_seconds',
    help: "When the server's certificate of a listener expires, in seconds since 1970.",
    labelNames: ['listener'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { listener, expiresAt } of certificates()) this.set({ listener }, expiresAt / 1000);
    },
  });
}

function registerKeys(registry: Registry, { countKeys }: MetricSources): void {
  new Gauge({
    name: 'latchkey_insecure_keys',
    help: 'Keys whose material is known, because it came from a seed file.',
    registers: [registry],
    async collect() {
      const counts = await countKeys();
      if (counts === undefined) this.reset();
      else this.set(counts.insecure);
    },
  });
  new Gauge({
    name: 'latchkey_keys',
    help: 'Keys in the store, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      // A store that cannot be counted leaves this metric empty, not the others unseen.
      this.reset();
      const counts = await countKeys();
      if (counts === undefined) return;
      for (const [state, count] of Object.entries(counts.byState)) this.set({ state }, count);
    },
  });
}

/** Index of the first bucket that holds the duration; the number of buckets when none does. */
function bucketOf(seconds: number): number {
  let index = 0;
  while (index < durationBuckets.length && seconds > (durationBuckets[index] ?? 0)) index += 1;
  return index;
}

function add(counts: Float64Array, index: number, amount: number): void {
  counts[index] = (counts[index] ?? 0) + amount;
}

const sealedKinds = [
  'key',
  'material',
  'alias',
  'client-token',
  'tombstone',
  'mark',
  'principal',
  'access-token',
  'group',
  'grant',
] as const;

const refusedUseReasons = ['KEY_PENDING_DELETION', 'KEY_MATERIAL_COMPROMISED'] as const;
const keyEvents = ['ROTATED', 'MATERIAL_DESTROYED', 'DESTROYED'] as const;

export const refusedConnectionReasons = ['HANDSHAKE', 'CLIENT_CERTIFICATE', 'PROTOCOL', 'SILENT', 'TOO_MANY'] as const;
const tlsReloadOutcomes = ['TAKEN', 'REFUSED'] as const;

const operationMetrics = [
  {
    name: 'latchkey_plaintext_bytes_total',
    help: 'Plaintext that was encrypted, decrypted or made, in bytes.',
    column: 1,
    scale: 1,
  },
  { name: 'latchkey_ciphertext_bytes_total', help: 'Ciphertext that was made or opened, in bytes.', column: 2, scale: 1 },
  { name: 'latchkey_native_cipher_seconds_total', help: 'Time spent in the cipher, natively.', column: 3, scale: 1e-9 },
  { name: 'latchkey_items_total', help: 'Items of batches that were worked on; a unary call is one.', column: 4, scale: 1 },
  { name: 'latchkey_failed_items_total', help: 'Of these, the items that failed.', column: 5, scale: 1 },
] as const;

const transportMetrics = [
  { name: 'latchkey_open_connections', help: 'Connections of gRPC that are open.', source: 'openConnections' },
  { name: 'latchkey_open_exchanges', help: 'Streams of Exchange that are open.', source: 'openExchanges' },
  {
    name: 'latchkey_in_flight_bytes',
    help: 'Memory counted for messages over 64 KiB, of LATCHKEY_MAX_IN_FLIGHT_BYTES.',
    source: 'inFlightBytes',
  },
  { name: 'latchkey_waiting_for_memory', help: 'Messages and answers that wait for such memory.', source: 'waitingForMemory' },
] as const satisfies readonly { source: keyof TransportLoad; name: string; help: string }[];

const outcomes: readonly CallOutcome[] = ['OK', 'INTERNAL', 'DEADLINE_EXCEEDED', 'CANCELLED', 'UNAVAILABLE', ...errorReasons];
const outcomeIndex: ReadonlyMap<CallOutcome, number> = new Map(outcomes.map((outcome, index) => [outcome, index]));
/** From a call answered at once to one that the default deadline ends. */
const durationBuckets = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
