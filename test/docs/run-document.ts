import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { useServer } from '../e2e/using-server.ts';
import { readDocument, repositoryRoot } from './documents.ts';

/**
 * Tests that a document's commands, run from the first to the last as they stand there but for the addresses, print what it says. The
 * administrator's token is where the command line finds it. A block of JSON or YAML behind a line that begins with a file's name is that
 * file.
 */
export function testDocument(path: string): void {
  const running = useServer();
  testCommands(path, () => ({
    environment: { LATCHKEY_ADDRESS: running.server.address, LATCHKEY_SECRETS_DIR: running.server.secretsDirectory },
    replacements: [['127.0.0.1:9464', running.server.metricsAddress]],
  }));
}

/** As `testDocument`, of a document that starts servers itself. */
export function testCommands(path: string, here: (folder: string) => Surroundings): void {
  const steps = stepsOf(path);
  let outputs: readonly string[] = [];

  beforeAll(() => {
    outputs = runSteps({ steps, files: filesOf(path) }, here);
  }, 300_000);

  it('has commands', () => {
    expect(steps.length).toBeGreaterThan(5);
  });

  it.each(steps.map((step, index) => [index, step.commands.split('\n', 1)[0], step] as const))('%i: %s', (index, _, step) => {
    expectAsWritten(outputs[index], step);
  });
}

/** What is otherwise here than where the document's reader is. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  /** Of texts of the document. */
  readonly replacements: readonly (readonly [from: string, to: string])[];
}

/** Commands of a document, and what the document says they print. */
interface Step {
  readonly commands: string;
  /** '' when it says nothing. */
  readonly prints: string;
  /** Whether the last command is refused, by what is printed. */
  readonly isRefused: boolean;
}

interface Runnable {
  readonly steps: readonly Step[];
  readonly files: ReturnType<typeof filesOf>;
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

/** The texts of the files that a document shows, by their names. */
function filesOf(path: string): readonly (readonly [name: string, text: string])[] {
  const pattern = /^`([\w.-]+)`[^\n]*:\n\n```(?:json|yaml)\n(.*?)^```$/gms;
  return [...readDocument(path).matchAll(pattern)].map(([, name = '', text = '']) => [name, text]);
}

/**
 * Runs the steps in one shell, in a folder that looks like a checkout, so that later ones have the variables and files of earlier
 * ones. Answers what each wrote. Throws when a command fails that should not, or does not fail that should.
 */
function runSteps({ steps, files }: Runnable, here: (folder: string) => Surroundings): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-document-'));
  try {
    const { environment, replacements } = here(folder);
    const replaced = (text: string) => replacements.reduce((done, [from, to]) => done.replaceAll(from, to), text);
    // Of these, .tools is not everywhere: a link to nothing then, as good as none.
    for (const name of ['script', 'dist', '.tools']) symlinkSync(join(repositoryRoot, name), join(folder, name));
    for (const [name, text] of files) writeFileSync(join(folder, name), replaced(text));
    const script = replaced(steps.map((step) => shellOf(step)).join(''));
    const { status, stdout } = spawnSync('bash', ['-euo', 'pipefail', '-c', `${prelude}${script}`], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: pathOfReader(), ...environment },
    });
    if (status !== 0) throw new Error(`The commands ended with exit code ${status}:\n${stdout}`);
    return stdout.split(marker).slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The PATH of somebody who has the machine's own Node first in it, which may be too old. */
function pathOfReader(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => !folder.startsWith(join(repositoryRoot, '.tools'))).join(delimiter);
}

/** Expects what the document says, in which `…` stands for anything within a line. */
function expectAsWritten(output: string | undefined, { prints }: Step): void {
  const literal = prints.split('…').map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  expect(output).toMatch(new RegExp(`^${literal.join('.*')}$`));
}

function shellOf({ commands, isRefused }: Step): string {
  const guarded = isRefused ? `set +e\n${commands}(($? == ${refused})) || exit 1\nset -e\n` : commands;
  return `${guarded}printf '%s' '${marker}'\n`;
}

/** Says what it builds, when something has changed: not what the document is about. Servers end with the commands. */
const prelude = "script/latchkey version > /dev/null 2>&1\nexec 2>&1\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n";
const marker = '<<end of step>>';
/** Exit code of the command line when the server refuses. */
const refused = 3;
