/** Of one suite, or of one file of its report. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noTests: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** Counts a JUnit report, which vitest, GoogleTest, pytest and Surefire all write: the sums of its `<testsuite>` elements. */
export function countJunit(xml: string): Counts {
  return (xml.match(/<testsuite\s[^>]*>/g) ?? []).map(countTestsuite).reduce(add, noTests);
}

function countTestsuite(tag: string): Counts {
  const failed = attribute(tag, 'failures') + attribute(tag, 'errors');
  const skipped = attribute(tag, 'skipped') + attribute(tag, 'disabled');
  return { passed: Math.max(0, attribute(tag, 'tests') - failed - skipped), failed, skipped };
}

/** A number, 0 when absent. */
function attribute(tag: string, name: string): number {
  return Number(new RegExp(`\\s${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
}

/** Counts what a script says of itself in its last line, `N passed, N failed`; nothing when it says something else. */
export function countClosingLine(output: string): Counts {
  const [, passed, failed] = /(?:^|\n)(\d+) passed, (\d+) failed\n?$/.exec(output) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: 0 };
}
