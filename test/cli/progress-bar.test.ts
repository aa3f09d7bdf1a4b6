import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { progressBar, progressLine } from '../../src/cli/progress-bar.ts';

const mebibyte = 1024 * 1024;

test.each([
  [0, 2048, 2, '  0 % [>                             ] 0 B of 2.0 KiB, 0 B/s, - left'],
  [300 * mebibyte, 3000 * mebibyte, 3, ' 10 % [===>                          ] 300 MiB of 2.9 GiB, 100 MiB/s, 0:27 left'],
  [1, 4000, 1, '  0 % [>                             ] 1 B of 3.9 KiB, 1 B/s, 1:06:39 left'],
  [3000 * mebibyte, 3000 * mebibyte, 61, '100 % [==============================] 2.9 GiB of 2.9 GiB, 49 MiB/s, 1:01'],
  [5000, 4000, 1, '100 % [==============================] 4.9 KiB of 3.9 KiB, 4.9 KiB/s, 0:01'],
  [0, 0, 1, '100 % [==============================] 0 B of 0 B, 0 B/s, 0:01'],
  [5 * mebibyte, undefined, 2, '5.0 MiB, 2.5 MiB/s, 0:02'],
])('%d of %d bytes after %d s', (doneBytes, totalBytes, seconds, line) => {
  const drawn = progressLine({ doneBytes, totalBytes, seconds, width: 79 });
  expect(drawn).toHaveLength(79);
  expect(drawn.trimEnd()).toBe(line);
});

test.each([1, 20, 50, 60, 200])('it is %d columns wide', (width) => {
  expect(progressLine({ doneBytes: 1, totalBytes: 5000, seconds: 1, width })).toHaveLength(width);
});

describe('on a stream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('nothing is shown where it is no terminal, and no timer runs', () => {
    const output = new PassThrough();
    progressBar({ totalBytes: 10, output });
    expect(vi.getTimerCount()).toBe(0);
    expect(output.read()).toBeNull();
  });

  test('work of less than half a second shows nothing', () => {
    const output = Object.assign(new PassThrough(), { isTTY: true });
    const progress = progressBar({ totalBytes: 10, output });
    vi.advanceTimersByTime(400);
    progress.succeed();
    expect(output.read()).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the last line stays after a success, and nothing after a failure', () => {
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
    const succeeding = progressBar({ totalBytes: 10, output });
    vi.advanceTimersByTime(1000);
    succeeding.advance(10);
    succeeding.succeed();
    const shown = String(output.read()).split('\r');
    expect(shown.at(-1)).toMatch(/^100 % 10 B of 10 B.*\n$/);
    for (const line of shown.slice(1)) expect(line.trimEnd().length).toBeLessThan(40);

    const failing = progressBar({ totalBytes: 10, output });
    vi.advanceTimersByTime(1000);
    failing.fail();
    expect(String(output.read())).toMatch(/\r {39}\r$/);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('other facts come first, and lines that are said stand above', () => {
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
    const progress = progressBar({ totalBytes: undefined, facts: () => '7 lines', output });
    progress.say('early\n');
    vi.advanceTimersByTime(600);
    expect(String(output.read())).toMatch(/^early\n(?:\r7 lines, 0 B, 0 B\/s, 0:01 +)+$/);
    progress.say('line 3: bad\n');
    expect(String(output.read())).toBe(`\r${' '.repeat(59)}\rline 3: bad\n`);
    progress.fail();
    const quiet = new PassThrough();
    progressBar({ totalBytes: 1, output: quiet }).say('bad\n');
    expect(String(quiet.read())).toBe('bad\n');
  });

  test('a terminal that does not know its width is 80 columns wide', () => {
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 0 });
    const progress = progressBar({ totalBytes: 10, output });
    vi.advanceTimersByTime(500);
    expect(String(output.read()).split('\r').at(-1)).toHaveLength(79);
    progress.fail();
  });
});
