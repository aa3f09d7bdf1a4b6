import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../e2e/start-server.ts';
import { useServer } from '../e2e/using-server.ts';
import { readDocument, repositoryRoot } from './documents.ts';

/** Tests that a document's commands, run from the first to the last as they stand there but for the addresses, print what it says. */
export function testDocument(path: string): void {
  const steps = stepsOf(path);
  const running = useServer();
  let outputs: readonly string[] = [];

  beforeAll(() => {
    outputs = runSteps(steps, running.server);
  }, 120_000);

  it('has commands', () => {
    expect(steps.length).toBeGreaterThan(5);
  });

  it.each(steps.map((step, index) => [index, step.commands.split('\n', 1)[0], step] as const))('%i: %s', (index, _, step) => {
    expectAsWritten(outputs[index], step);
  });
}

/** Commands of a document, and what the document says they print. */
interface Step {
  readonly commands: string;
  /** '' when it says nothing. */
  readonly prints: string;
  /** Whether the last command is refused, by what is printed. */
  readonly isRefused: boolean;
}

/** The ```bash blocks of a document in order, each with the ```text block right behind it. */
function stepsOf(path: string): readonly Step[] {
  const pattern = /^```bash\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms;
  return [...readDocument(path).matchAll(pattern)].map(([, commands = '', prints = '']) => ({
    commands,
    prints,
    isRefused: /^latchkey: /m.test(prints),
  }));
}

/**
 * Runs the steps in one shell, in a folder that looks like a checkout, so that later ones have the variables and files of earlier
 * ones. Answers what each wrote. Throws when a command fails that should not, or does not fail that should.
 */
function runSteps(steps: readonly Step[], server: Pick<RunningServer, 'address' | 'metricsAddress'>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-document-'));
  try {
    symlinkSync(join(repositoryRoot, 'script'), join(folder, 'script'));
    const script = steps.map((step) => shellOf(step)).join('');
    const { status, stdout } = spawnSync('bash', ['-euo', 'pipefail', '-c', `${build}exec 2>&1\n${script}`], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, LATCHKEY_ADDRESS: server.address, METRICS_ADDRESS: server.metricsAddress },
    });
    if (status !== 0) throw new Error(`The commands ended with exit code ${status}:\n${stdout}`);
    return stdout.split(marker).slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Expects what the document says, in which `…` stands for anything within a line. */
function expectAsWritten(output: string | undefined, { prints }: Step): void {
  const literal = prints.split('…').map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  expect(output).toMatch(new RegExp(`^${literal.join('.*')}$`));
}

function shellOf({ commands, isRefused }: Step): string {
  const here = commands.replaceAll('127.0.0.1:9464', '$METRICS_ADDRESS');
  const guarded = isRefused ? `set +e\n${here}(($? == ${refused})) || exit 1\nset -e\n` : here;
  return `${guarded}printf '%s' '${marker}'\n`;
}

/** Says what it builds, when something has changed: not what the document is about. */
const build = 'script/latchkey version > /dev/null 2>&1\n';
const marker = '<<end of step>>';
/** Exit code of the command line when the server refuses. */
const refused = 3;
