import { table } from '../src/cli/table.ts';
import type { Machine } from './machine.ts';
import type { Checks } from './measurement.ts';
import type { Result } from './result.ts';

/** The figures as a table for people. */
export function report({ machine, results, checks }: { machine: Machine; results: readonly Result[]; checks: Checks }): string {
  const { cpu, cores, kernel, node, openssl, date, load_average } = machine;
  const rows = results.map((result) => [
    result.name,
    short(result.value),
    short(result.denominator_value),
    ratioText(result),
    aimText(result),
    `${short(result.spread * 100)} %`,
    `${result.unit}; beside: ${result.denominator}`,
  ]);
  return [
    `${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}, OpenSSL ${openssl}, ${date}, load average ${load_average.toFixed(2)}`,
    '',
    table(['NAME', 'VALUE', 'BESIDE', 'RATIO', 'AIM', 'SPREAD', 'UNIT'], rows),
    `Replies verified: ${checks.replies_verified}, bad: ${checks.replies_bad}.`,
    'A ratio over 1 is better than what stands beside it. Trust ratios, not values, and no ratio closer than its spread; see bench/README.md.',
    '',
  ].join('\n');
}

/** A ratio of an aim says nothing about what stands beside it. */
function ratioText({ ratio, aim }: Result): string {
  return aim !== null && 'greatest_value' in aim ? '-' : short(ratio);
}

function aimText({ value, ratio, aim }: Result): string {
  if (aim === null) return '-';
  const [text, met] =
    'least_ratio' in aim
      ? [`≥ ${aim.least_ratio}`, ratio >= aim.least_ratio]
      : [`≤ ${aim.greatest_value} µs`, value <= aim.greatest_value];
  return `${text} ${met ? 'met' : 'missed'}`;
}

function short(value: number): string {
  return number.format(value);
}

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
