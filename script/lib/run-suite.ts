import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const end = await runSteps(suite);
  if (end !== 'ok') console.log(`${suite.name}: ${end}`);
  return { name: suite.name, ...countSuite(suite, end), seconds: (performance.now() - started) / 1000 };
}

function countSuite({ report }: Suite, end: string): Counts {
  if (report === undefined) return end === 'ok' ? { ...noTests, passed: 1 } : { ...noTests, failed: 1 };
  return withCrash(readCounts(report), end);
}

/** A suite that ended badly without a failure of its own to show for it, or that ran nothing, counts as one failure. */
function withCrash(counts: Counts, end: string): Counts {
  if (counts.failed > 0) return counts;
  const ranSomething = counts.passed + counts.skipped > 0;
  return end === 'ok' && ranSomething ? counts : { ...counts, failed: 1 };
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
    const end = await runStep(step, deadline - performance.now());
    if (end !== 'ok') return `${step.command.join(' ')}: ${end}`;
  }
  return 'ok';
}

/** In a process group of its own, so that at the time limit nothing that it started is left behind. */
async function runStep({ command: [program, ...args], env, stdout }: Step, milliseconds: number): Promise<string> {
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout === undefined ? 'inherit' : 'pipe', 'inherit'],
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    output.push(chunk);
    process.stdout.write(chunk);
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
    return await ending(child);
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    if (stdout !== undefined) writeFileSync(stdout, Buffer.concat(output));
  }
}

async function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(code === 0 ? 'ok' : signal === null ? `exit code ${code}` : `ended by ${signal}`);
    });
  });
}
