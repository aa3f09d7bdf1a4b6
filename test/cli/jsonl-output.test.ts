import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { answerOf } from '../client/fake-batches.ts';
import { Refusal } from '../client/refusal.ts';
import { serve } from '../client/serve.ts';
import type { Answers } from '../client/serve.ts';
import { scratch } from './run-against.ts';
import { mainPath } from './run-cli.ts';

const { path, run } = scratch();

const keys = [{ name: 'k', version: 1 }];
const answers: Answers = { Exchange: (request) => answerOf(request, keys) };
const encrypting = ['encrypt', '--key', 'k', '--jsonl'];

describe('to a file', () => {
  const rows = ['--field', 'email,ssn', '--row-id', 'id'];
  const input = '{"id":1,"email":"a","ssn":1}\n';

  test('lines are put in place when all are done, also those beside lines that failed', async () => {
    const { stdout, exitCode } = await run(answers, [...encrypting, ...rows, '--out', 'out'], { input: `${input}x\n` });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(statSync(path('out')).mode & 0o777).toBe(0o600);
    const opening = ['decrypt', '--jsonl', ...rows, '--in', 'out', '--out', 'out'];
    expect(await run(answers, opening)).toMatchObject({ exitCode: 0, stderr: '1 line, 2 fields decrypted, 0 lines failed\n' });
    expect(readFileSync(path('out'), 'utf8')).toBe(input);
  });

  test('nothing is left of what ends early', async () => {
    writeFileSync(path('out'), 'before');
    const ended = await run(failingAfter(1), [...encrypting, '--field', 'email', '--out', 'out'], { input: input.repeat(5000) });
    expect(ended).toMatchObject({ exitCode: 3, stderr: expect.not.stringContaining('Ended early') as string });
    expect(readdirSync(path())).toEqual(['out']);
    expect(readFileSync(path('out'), 'utf8')).toBe('before');
  });
});

describe('what ends early says how far it came', () => {
  const input = '{"email":"a"}\n'.repeat(5000);

  test('when the key is disabled', async () => {
    const { stdout, stderr, exitCode } = await run(failingAfter(1), [...encrypting, '--field', 'email'], { input });
    const written = stdout.trimEnd().split('\n').length;
    expect({ written, exitCode }).toEqual({ written: 2048, exitCode: 3 });
    expect(firstLine(stderr)).toBe('Ended early: 2048 lines, 2048 fields encrypted, 0 lines failed');
    const json = await run(failingAfter(1), [...encrypting, '--field', 'email', '--json'], { input });
    expect(firstLine(json.stderr)).toBe('{"lines":2048,"fields":2048,"unchanged":0,"failed":0,"ended_early":true}');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('with %s, as which it ends', async (signal) => {
    const { address, stop } = await serve(answers);
    const child = spawn(process.execPath, [mainPath, ...encrypting, '--field', 'email', '--address', address]);
    child.stdin.write('{"email":"a"}\n');
    await once(child.stdout, 'data');
    child.kill(signal);
    const [stderr, [code, endedBy]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    stop();
    expect({ stderr, code: code as unknown, endedBy: endedBy as unknown }).toEqual({
      stderr: 'Ended early: 1 line, 1 field encrypted, 0 lines failed\n',
      code: null,
      endedBy: signal,
    });
  });
});

/** Answers so many batches and refuses the next. */
function failingAfter(batches: number): Answers {
  let answered = 0;
  return {
    Exchange: (request) => {
      if (answered === batches) throw new Refusal('FAILED_PRECONDITION', 'Key k is disabled.', { reason: 'KEY_DISABLED' });
      answered += 1;
      return answerOf(request, keys);
    },
  };
}

function firstLine(of: string): string | undefined {
  return of.split('\n')[0];
}
