import { add, noTests } from './counts.ts';
import type { SuiteResult } from './run-suite.ts';

/** The table of suites and, as its last line, `N passed, N failed`. A skipped test has shown nothing: it counts as failed. */
export function summary(
  results: readonly SuiteResult[],
  { allowSkips }: { readonly allowSkips: boolean },
): { text: string; failed: number } {
  const total = results.reduce(add, noTests);
  const failed = total.failed + (allowSkips ? 0 : total.skipped);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const lines = [
    header,
    ...results.map(row),
    row({ name: 'all', ...total, seconds }),
    '',
    `${total.passed} passed, ${failed} failed`,
  ];
  return { text: `\n${lines.join('\n')}`, failed };
}

function row({ name, passed, failed, skipped, seconds }: SuiteResult): string {
  return columns(name, [String(passed), String(failed), String(skipped), seconds.toFixed(1)]);
}

function columns(name: string, numbers: readonly string[]): string {
  return [name.padEnd(28), ...numbers.map((text) => text.padStart(9))].join('');
}

const header = columns('suite', ['passed', 'failed', 'skipped', 'seconds']);
