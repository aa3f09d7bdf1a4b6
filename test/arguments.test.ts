import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readArguments, usage } from '../src/arguments.ts';

it.each([['--help'], ['-h'], ['--dev', '--help']])('knows %s', (...args) => {
  expect(readArguments(args)).toBe('help');
});

it('the server shows its usage and starts nothing', async () => {
  const main = join(import.meta.dirname, '../dist/main.js');
  // With a setting that it would refuse.
  const env = { ...process.env, LATCHKEY_LOG_LEVEL: 'loud' };
  expect(await promisify(execFile)(process.execPath, [main, '--help'], { env })).toEqual({ stdout: usage, stderr: '' });
});
