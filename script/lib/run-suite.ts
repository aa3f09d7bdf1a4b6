import { spawn } from 'node:child_process';
import { closeSync, globSync, openSync, readFileSync, rmSync } from 'node:fs';
import { add, type Counts, noTests } from './counts.ts';
import type { Report, Step, Suite } from './suites.ts';

export interface SuiteResult extends Counts {
  readonly name: string;
  readonly seconds: number;
}

/** Runs a suite. Never throws: what goes wrong is counted. */
export async function runSuite(suite: Suite): Promise<SuiteResult> {
  const started = performance.now();
  if (suite.report !== undefined) removeFiles(suite.report.files);
  const ending = await runSteps(suite);
  if (ending !== 'ok') console.log(`${suite.name}: ${ending}`);
  return { name: suite.name, ...countSuite(suite, ending), seconds: (performance.now() - started) / 1000 };
}

function countSuite({ report }: Suite, ending: string): Counts {
  if (report === undefined) return ending === 'ok' ? { ...noTests, passed: 1 } : { ...noTests, failed: 1 };
  return withCrash(readCounts(report), ending);
}

/** A suite that ended badly without a failure of its own to show for it, or that ran nothing, counts as one failure. */
export function withCrash(counts: Counts, ending: string): Counts {
  if (counts.failed > 0) return counts;
  const ranSomething = counts.passed + counts.skipped > 0;
  return ending === 'ok' && ranSomething ? counts : { ...counts, failed: 1 };
}

function readCounts({ files, count }: Report): Counts {
  return globSync(files)
    .map((file) => count(readFileSync(file, 'utf8')))
    .reduce(add, noTests);
}

function removeFiles(pattern: string): void {
  for (const file of globSync(pattern)) rmSync(file);
}

/** 'ok', or how the first bad step ended. */
async function runSteps({ steps, minutes }: Suite): Promise<string> {
  const deadline = performance.now() + minutes * 60_000;
  for (const step of steps) {
    const ending = await runStep(step, deadline - performance.now());
    if (ending !== 'ok') return `${step.command.join(' ')}: ${ending}`;
  }
  return 'ok';
}

/** In a process group of its own, so that at the time limit nothing that it started is left behind. */
async function runStep({ command: [program, ...args], env, stdout }: Step, milliseconds: number): Promise<string> {
  const output = stdout === undefined ? undefined : openSync(stdout, 'w');
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', output ?? 'inherit', 'inherit'],
  });
  const killGroup = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const interrupted = () => {
    killGroup();
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const timer = setTimeout(killGroup, milliseconds);
  try {
    return await new Promise<string>((resolve) => {
      child.once('error', (error) => {
        resolve(error.message);
      });
      child.once('close', (code, signal) => {
        resolve(code === 0 ? 'ok' : signal === null ? `exit code ${code}` : `ended by ${signal}`);
      });
    });
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    if (output !== undefined) closeSync(output);
  }
}
