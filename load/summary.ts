import type { Run } from './run-load.ts';
import type { CallCount } from './server-counts.ts';
import { percentile, sorted } from './statistics.ts';

/** The figures of a run, as people read them. */
export interface Summary {
  readonly facts: readonly Fact[];
  /** What was not as it must be; the run counts as failed if there is anything. */
  readonly faults: readonly string[];
  /** What to know when reading the figures. */
  readonly notes: readonly string[];
}

export type Fact = readonly [label: string, value: string];

export function summarise(run: Run): Summary {
  return {
    facts: [...throughput(run), ...latency(run), ...serverFacts(run), ...checks(run)],
    faults: faults(run),
    notes: notes(run),
  };
}

export function durationText(microseconds: number): string {
  if (microseconds < 1000) return `${short(microseconds)} µs`;
  return microseconds < 1e6 ? `${short(microseconds / 1000)} ms` : `${short(microseconds / 1e6)} s`;
}

/** None when nobody knows. */
export function callsOf(server: Run['server']): readonly CallCount[] {
  return 'lost' in server ? [] : server.calls;
}

/** What one request of h2load is. */
export const nouns = { unary: 'calls', batch: 'batches', exchange: 'streams' } as const;
const singular = { unary: 'call', batch: 'batch', exchange: 'stream' } as const;

function throughput({ options, offered }: Run): Fact[] {
  const perSecond = offered.succeeded / options.durationSeconds;
  const items = perSecond * options.items;
  const whole: Fact = ['Answered', `${grouped(offered.succeeded)} ${nouns[options.mode]}, ${grouped(perSecond)}/s`];
  const single: Fact = ['Items', `${grouped(items)}/s, ${options.items} in each`];
  const bytes: Fact = ['Plaintext', `${short((items * options.size) / 1e6)} MB/s`];
  return options.mode === 'unary' ? [whole, bytes] : [whole, single, bytes];
}

function latency({ timings }: Run): Fact[] {
  const durations = sorted(timings.took);
  return shares.map(([name, share]) => {
    const value = percentile(durations, share);
    return [`Latency, ${name}`, value === undefined ? 'unknown: too few were answered' : durationText(value)];
  });
}

function serverFacts({ options, offered, server: counted }: Run): Fact[] {
  if ('lost' in counted) return [['Server CPU', 'unknown: the server was lost']];
  const { cpuSeconds, seconds, residentBytes } = counted;
  const microseconds = (cpuSeconds * 1e6) / offered.succeeded;
  const forOne: Fact = [`CPU for a ${singular[options.mode]}`, `${short(microseconds)} µs`];
  const forItem: Fact = ['CPU for an item', `${short(microseconds / options.items)} µs`];
  return [
    ['Server CPU', `${short(cpuSeconds / seconds)} cores`],
    ...(options.mode === 'unary' ? [forOne] : [forOne, forItem]),
    ['Server memory', `${short(residentBytes / 1e6)} MB resident at the end`],
  ];
}

function checks({ sampled, offered, expectedReplyBytes }: Run): Fact[] {
  const wrong = sum(sampled.wrong.values());
  const expected = `expected ${grouped(expectedReplyBytes)}, at least ${grouped(expectedReplyBytes * leastShareOfReply)}`;
  const found = offered.succeeded === 0 ? 'none' : grouped(offered.receivedBytes / offered.succeeded);
  return [
    ['Replies checked', `${sampled.right + wrong} by a real client, ${wrong} wrong`],
    ['Bytes of a reply', `${found}, ${expected}`],
  ];
}

function faults(run: Run): string[] {
  const { offered, sampled, server: counted, countedAs, callsPerRequest, expectedReplyBytes } = run;
  const answeredOk = sum(
    callsOf(counted)
      .filter(({ method, reason }) => method === countedAs && reason === 'OK')
      .map(({ calls }) => calls),
  );
  const asked = offered.succeeded * callsPerRequest;
  return [
    ...(offered.succeeded === 0 ? ['No request was answered.'] : []),
    ...(offered.broken > 0 ? [`${offered.broken} requests broke off.`] : []),
    ...failedCalls(run),
    ...('lost' in counted ? [`The server was lost. ${counted.lost}`] : []),
    ...(!('lost' in counted) && answeredOk < asked
      ? [`${countedAs} was answered ${asked} times, and the server counts ${answeredOk} that succeeded.`]
      : []),
    ...(offered.receivedBytes < offered.succeeded * expectedReplyBytes * leastShareOfReply
      ? ['Replies are shorter than they must be: items of them failed.']
      : []),
    ...[...sampled.wrong].map(([fault, times]) => `Of the replies that a real client asked for, ${times}: ${fault}`),
  ];
}

/** A call that h2load no longer waited for at its end is cancelled: that is no fault. */
function failedCalls({ offered, server: counted, callsPerRequest }: Run): string[] {
  const abandoned = Math.max(0, offered.started - offered.succeeded - offered.broken) * callsPerRequest;
  const failed = callsOf(counted).filter(
    ({ reason, calls: times }) => reason !== 'OK' && !(reason === 'CANCELLED' && times <= abandoned),
  );
  return failed.map(({ method, reason, calls: times }) => `The server counts ${times} of ${method} that ended in ${reason}.`);
}

function notes({ options, offered }: Run): string[] {
  const reached = offered.succeeded / options.durationSeconds;
  if (options.rate === undefined || reached >= options.rate * leastShareOfRate) return [];
  return [
    `Of ${options.rate} ${nouns[options.mode]} a second that were asked for, ${grouped(reached)} were answered: latency does not count how long the others waited to be sent.`,
  ];
}

function sum(values: Iterable<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}

function short(value: number): string {
  return threeDigits.format(value);
}

function grouped(value: number): string {
  return wholeNumbers.format(value);
}

const shares = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
  ['max', 1],
] as const;
const threeDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const wholeNumbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
/** A checksum has a byte more or less; what was under way at the end comes on top. */
const leastShareOfReply = 0.99;
const leastShareOfRate = 0.95;
