import { readMetrics } from '../test/e2e/metrics-page.ts';

/** What a server has counted since it started. */
export interface ServerCounts {
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly calls: readonly CallCount[];
}

/** Calls of a method that ended so: `OK`, a reason of errors.proto, or one of the statuses that have none. */
export interface CallCount {
  readonly method: string;
  readonly reason: string;
  readonly calls: number;
}

/** `metricsAddress` is `host:port`. Throws when nobody answers there. */
export async function readServerCounts(metricsAddress: string): Promise<ServerCounts> {
  try {
    const page = await readMetrics(metricsAddress);
    return {
      startedAt: page.value('process_start_time_seconds'),
      cpuSeconds: page.value('process_cpu_seconds_total'),
      residentBytes: page.value('process_resident_memory_bytes'),
      calls: callsOn(page.text),
    };
  } catch (cause) {
    throw new Error(
      `The server's metrics cannot be read at ${metricsAddress}: --metrics, or LATCHKEY_METRICS_ADDRESS, names another address.`,
      { cause },
    );
  }
}

/** What was counted from `before` to `after`. Throws when the server was started anew in between. */
export function countedBetween(before: ServerCounts, after: ServerCounts): Pick<ServerCounts, 'cpuSeconds' | 'calls'> {
  if (before.startedAt !== after.startedAt) throw new Error('The server was started anew during the run.');
  const earlier = (call: CallCount): number =>
    before.calls.find(({ method, reason }) => method === call.method && reason === call.reason)?.calls ?? 0;
  const calls = after.calls.map((call) => ({ ...call, calls: call.calls - earlier(call) })).filter((call) => call.calls > 0);
  return { cpuSeconds: after.cpuSeconds - before.cpuSeconds, calls };
}

function callsOn(page: string): readonly CallCount[] {
  const lines = page.matchAll(/^latchkey_calls_total\{method="([^"]*)",reason="([^"]*)"\} (\S+)$/gm);
  return [...lines].map(([, method = '', reason = '', calls]) => ({ method, reason, calls: Number(calls) }));
}
