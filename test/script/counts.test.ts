import { describe, expect, it } from 'vitest';
import { countClosingLine, countJunit } from '../../script/lib/counts.ts';

describe('countJunit', () => {
  it('sums the suites of vitest', () => {
    const xml = `<?xml version="1.0" encoding="UTF-8" ?>
<testsuites name="vitest tests" tests="7" failures="1" errors="0" time="1.2">
    <testsuite name="test/a.test.ts" timestamp="2026-11-22" tests="4" failures="1" errors="0" skipped="1" time="0.1"></testsuite>
    <testsuite name="test/b.test.ts" timestamp="2026-11-22" tests="3" failures="0" errors="0" skipped="0" time="0.1"></testsuite>
</testsuites>`;
    expect(countJunit(xml)).toEqual({ passed: 5, failed: 1, skipped: 1 });
  });

  it('counts disabled tests of GoogleTest as skipped', () => {
    const xml = `<testsuites tests="5" failures="0" disabled="1" errors="0" name="AllTests">
  <testsuite name="Utf8" tests="5" failures="0" disabled="1" skipped="1" errors="0" time="0."></testsuite></testsuites>`;
    expect(countJunit(xml)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  });

  it('counts errors outside tests, as pytest reports them, as failures', () => {
    const xml =
      '<testsuites><testsuite name="pytest" errors="1" failures="0" skipped="0" tests="1" time="0.2"></testsuite></testsuites>';
    expect(countJunit(xml)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('reads a suite whose attributes stand on lines of their own, as Surefire writes them', () => {
    const xml =
      '<testsuite xmlns:xsi="x"\n  name="dev.latchkey.ClientTest"\n  time="1"\n  tests="2"\n  errors="0"\n  skipped="0"\n  failures="0">';
    expect(countJunit(xml)).toEqual({ passed: 2, failed: 0, skipped: 0 });
  });

  it('counts nothing in a report that was cut before its first suite', () => {
    expect(countJunit('<?xml version="1.0"?>\n<testsuites name="vitest')).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe('countClosingLine', () => {
  it('reads the last line', () => {
    expect(countClosingLine('1 passed, 1 failed\n…\n12 passed, 3 failed\n')).toEqual({ passed: 12, failed: 3, skipped: 0 });
  });

  it('counts nothing when the script ended before that line', () => {
    expect(countClosingLine('3 passed, 0 failed\nsegmentation fault\n')).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});
