import type { Machine } from '../bench/machine.ts';
import { type Plot, escaped, linearAxis, logarithmicAxis, svgOf } from './plot.ts';
import type { Run } from './run-load.ts';
import { type Bucket, type Interval, histogram, overTime, percentile, sorted } from './statistics.ts';
import { type Summary, callsOf, durationText, nouns } from './summary.ts';

/** Where and how it was run. */
export interface Context {
  readonly machine: Machine;
  readonly command: string;
}

/** One file that needs nothing from elsewhere, and no JavaScript. */
export function htmlReport(run: Run, { facts, faults, notes }: Summary, { machine, command }: Context): string {
  const { options, server, keyId, serverVersion } = run;
  const load = `${options.mode} ${options.operation}, ${options.size} B`;
  const rate = options.rate === undefined ? 'as fast as it answers' : `${options.rate}/s`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Latchkey under load: ${escaped(load)}</title>
<style>${style}</style>
</head>
<body>
<h1>Latchkey under load</h1>
<p class="command"><code>${escaped(command)}</code></p>
<p class="${faults.length === 0 ? 'good' : 'bad'}">${faults.length === 0 ? 'Every call was answered rightly.' : faults.map(escaped).join('<br>')}</p>
${notes.map((note) => `<p>${escaped(note)}</p>`).join('\n')}
<h2>Figures</h2>
${factTable(facts)}
<h2>Latency</h2>
${figure(latencyPlot(run))}
<h2>Latency over time</h2>
${figure(latencyOverTime(intervalsOf(run)))}
<h2>Throughput over time</h2>
${figure(throughputOverTime(intervalsOf(run), run))}
<h2>Calls as the server counts them</h2>
${callTable(callsOf(server))}
<p>From <code>/metrics</code>, before and after; samples and other callers are in it.</p>
<h2>Conditions</h2>
${factTable([
  ['Load', `${load}${options.mode === 'unary' ? '' : `, ${options.items} items in each of the ${nouns[options.mode]}`}`],
  ['In flight', `${options.connections} connections with ${options.streams} each, ${rate}, ${options.durationSeconds} s`],
  ['Server', `Latchkey ${serverVersion} at ${options.address}`],
  ['Key', keyId],
  [
    'Load from',
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, load average ${machine.load_average.toFixed(2)} before`,
  ],
  ['Date', machine.date],
])}
</body>
</html>
`;
}

function latencyPlot({ timings, offered }: Run): Plot | undefined {
  const durations = sorted(timings.took);
  const buckets = histogram(durations, 20);
  if (buckets.length === 0) return undefined;
  const shareOf = ({ count }: Bucket): number => (100 * count) / durations.length;
  const rules = [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
    ['p99.9', 0.999],
  ] as const;
  return {
    title: `Distribution of the latency of ${offered.succeeded} requests`,
    x: logarithmicAxis('latency, logarithmic', [buckets[0]?.from ?? 1, buckets.at(-1)?.to ?? 1], durationText),
    y: linearAxis('% of requests', Math.max(...buckets.map(shareOf)), plain),
    marks: [
      {
        kind: 'bars',
        colour: blue,
        bars: buckets.map((bucket) => ({ from: bucket.from, to: bucket.to, height: shareOf(bucket) })),
      },
      ...rules.flatMap(([text, share], index) => {
        const at = percentile(durations, share);
        return at === undefined ? [] : [{ kind: 'rule', at, text, isRaised: index % 2 === 1 } as const];
      }),
    ],
  };
}

function latencyOverTime(intervals: readonly Interval[]): Plot | undefined {
  const values = intervals.flatMap(({ p50, p99, most }) => [p50, p99, most]).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  const line = (name: string, colour: string, of: (interval: Interval) => number | undefined) =>
    ({ kind: 'line', name, colour, points: intervals.map((interval) => ({ x: interval.endsAt, y: of(interval) })) }) as const;
  // A line of which hardly anything is known would be some dots.
  const lines = [line('max', grey, ({ most }) => most), line('p99', orange, ({ p99 }) => p99), line('p50', blue, ({ p50 }) => p50)];
  return {
    title: 'Latency over time: median, 99th percentile and greatest of each interval',
    x: timeAxis(intervals),
    y: logarithmicAxis('latency, logarithmic', values, durationText),
    marks: lines.filter(({ points }) => points.filter(({ y }) => y !== undefined).length * 2 >= points.length),
  };
}

function throughputOverTime(intervals: readonly Interval[], { options }: Run): Plot | undefined {
  if (intervals.length === 0) return undefined;
  return {
    title: `Answered ${nouns[options.mode]} a second, over time`,
    x: timeAxis(intervals),
    y: linearAxis(`${nouns[options.mode]}/s`, Math.max(...intervals.map(({ perSecond }) => perSecond)), plain),
    marks: [
      {
        kind: 'line',
        name: 'answered',
        colour: blue,
        points: intervals.map(({ endsAt, perSecond }) => ({ x: endsAt, y: perSecond })),
      },
    ],
  };
}

function intervalsOf({ timings, options }: Run): readonly Interval[] {
  return timings.took.length === 0 ? [] : overTime(timings, options.durationSeconds);
}

function timeAxis(intervals: readonly Interval[]) {
  return linearAxis('seconds since the first request', intervals.at(-1)?.endsAt ?? 1, plain);
}

function figure(plot: Plot | undefined): string {
  return plot === undefined ? '<p>Nothing was answered.</p>' : `<figure>${svgOf(plot)}</figure>`;
}

function factTable(facts: readonly (readonly [string, string])[]): string {
  return `<table>${facts.map(([label, value]) => `<tr><th>${escaped(label)}</th><td>${escaped(value)}</td></tr>`).join('\n')}</table>`;
}

function callTable(calls: ReturnType<typeof callsOf>): string {
  const rows = calls.map(
    ({ method, reason, calls: times }) =>
      `<tr><td>${escaped(method)}</td><td>${escaped(reason)}</td><td class="number">${plain(times)}</td></tr>`,
  );
  return `<table><tr><th>method</th><th>reason</th><th class="number">calls</th></tr>${rows.join('\n')}</table>`;
}

function plain(value: number): string {
  return grouped.format(value);
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });
/** Told apart also by those who do not see red or green (Okabe and Ito). */
const [blue, orange, grey] = ['#0072b2', '#d55e00', '#8a8a8a'];

const style = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 980px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; margin-bottom: 0.2em; } h2 { font-size: 1.15em; margin: 1.6em 0 0.4em; }
code { font: 13px/1.5 ui-monospace, monospace; background: #f2f2f2; padding: 2px 5px; overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: 3px 18px 3px 0; border-bottom: 1px solid #e4e4e4; }
th { font-weight: 600; white-space: nowrap; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.good, .bad { padding: 6px 12px; border-left: 4px solid #009e73; background: #effaf6; } .bad { border-color: #c00; background: #fdf0f0; }
figure { margin: 0; } svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #333; }
.grid { stroke: #e0e0e0; } .axis { stroke: #555; } .rule { stroke: #1a1a1a; stroke-dasharray: 4 3; }
`;
