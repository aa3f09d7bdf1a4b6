import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { runCli } from './run-cli.ts';
import type { Ended, RunOptions } from './run-cli.ts';

/** Per test, a directory that commands run in, and servers that live until its end. */
export function scratch(): {
  path: (name?: string) => string;
  run: (answers: Answers, args: readonly string[], options?: RunOptions) => Promise<Ended>;
} {
  let directory = '';
  const stops: (() => void)[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'latchkey-'));
  });
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
    rmSync(directory, { recursive: true });
  });
  return {
    path: (name = '') => join(directory, name),
    /** Runs a command against a server that gives these answers. */
    run: async (answers, args, options = {}) => {
      const { address, stop } = await serve(answers);
      stops.push(stop);
      return runCli(args, { address, cwd: directory, ...options });
    },
  };
}
