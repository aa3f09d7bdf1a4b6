import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countClosingLine, countJunit } from '../../script/lib/counts.ts';
import { runSuite } from '../../script/lib/run-suite.ts';
import type { Step, Suite } from '../../script/lib/suites.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-suite-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a check', () => {
  it('is one passed test when it ends well', async () => {
    expect(await runSuite(check(node('0')))).toMatchObject({ passed: 1, failed: 0, skipped: 0 });
  });

  it('is one failure when a step fails, and later steps do not run', async () => {
    const late = join(folder, 'late.txt');
    const result = await runSuite(check(node('process.exit(3)'), { ...node('console.log("late")'), stdout: late }));
    expect(result).toMatchObject({ passed: 0, failed: 1 });
    expect(() => rmSync(late)).toThrow('ENOENT');
  });

  it('is one failure when its program does not exist', async () => {
    expect(await runSuite(check({ command: ['/no/such/program'] }))).toMatchObject({ passed: 0, failed: 1 });
  });

  it('is one failure when its time is up, and what it started is ended too', async () => {
    const forever = 'require("node:child_process").spawnSync(process.execPath, ["-e", "setTimeout(() => {}, 60000)"])';
    const result = await runSuite({ ...check(node(forever)), minutes: 0.005 });
    expect(result).toMatchObject({ passed: 0, failed: 1 });
    expect(result.seconds).toBeLessThan(10);
  });
});

describe('a suite with a report', () => {
  it('is what the report counts', async () => {
    expect(await runSuite(reporting({ tests: 4, failures: 1, skipped: 1 }, 'process.exit(1)'))).toMatchObject({
      passed: 2,
      failed: 1,
      skipped: 1,
    });
  });

  it('has one failure when it crashes after its report', async () => {
    expect(await runSuite(reporting({ tests: 4, failures: 0, skipped: 0 }, 'process.kill(process.pid, "SIGKILL")'))).toMatchObject({
      passed: 4,
      failed: 1,
    });
  });

  it('has one failure when it writes no report', async () => {
    const suite = { ...check(node('0')), report: { files: join(folder, 'absent.xml'), count: countJunit } };
    expect(await runSuite(suite)).toMatchObject({ passed: 0, failed: 1 });
  });

  it('has one failure when it ran no test', async () => {
    expect(await runSuite(reporting({ tests: 0, failures: 0, skipped: 0 }, '0'))).toMatchObject({ passed: 0, failed: 1 });
  });

  it('may say what it counted on standard output', async () => {
    const report = join(folder, 'said.txt');
    const saying = { ...node('console.log("7 passed, 2 failed"); process.exit(1)'), stdout: report };
    const suite = { ...check(saying), report: { files: report, count: countClosingLine } };
    expect(await runSuite(suite)).toMatchObject({ passed: 7, failed: 2 });
  });

  it('does not count the report of an earlier run', async () => {
    await runSuite(reporting({ tests: 4, failures: 0, skipped: 0 }, '0'));
    const crashing = {
      ...check(node('process.kill(process.pid, "SIGKILL")')),
      report: { files: join(folder, '*.xml'), count: countJunit },
    };
    expect(await runSuite(crashing)).toMatchObject({ passed: 0, failed: 1 });
  });
});

function reporting({ tests, failures, skipped }: { tests: number; failures: number; skipped: number }, end: string): Suite {
  const report = join(folder, 'report.xml');
  const xml = `<testsuite tests="${tests}" failures="${failures}" skipped="${skipped}"/>`;
  const write = node(`require("node:fs").writeFileSync(${JSON.stringify(report)}, ${JSON.stringify(xml)}); ${end}`);
  return { ...check(write), report: { files: join(folder, '*.xml'), count: countJunit } };
}

function check(...steps: Step[]): Suite {
  return { name: 'a suite', steps, minutes: 1 };
}

function node(script: string): Step {
  return { command: [process.execPath, '-e', script] };
}
