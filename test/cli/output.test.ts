import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalFileError } from '../../src/cli/failure.ts';
import { writeFiles } from '../../src/cli/output.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('writeFiles', () => {
  test('writes text and bytes for their owner only and leaves nothing else behind', () => {
    writeFiles([
      { path: join(directory, 'text'), content: 'ä\n' },
      { path: join(directory, 'bytes'), content: Buffer.from([0, 255]) },
    ]);
    expect(readFileSync(join(directory, 'text'), 'utf8')).toBe('ä\n');
    expect(readFileSync(join(directory, 'bytes'))).toEqual(Buffer.from([0, 255]));
    expect(statSync(join(directory, 'text')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).sort()).toEqual(['bytes', 'text']);
  });

  test('replaces what was there, also its mode', () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'a longer text than the new one', { mode: 0o644 });
    writeFiles([{ path, content: 'new' }]);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('writes none of two when the other cannot be written', () => {
    writeFileSync(join(directory, 'first'), 'old');
    const files = [
      { path: join(directory, 'first'), content: 'new' },
      { path: join(directory, 'missing/second'), content: 'new' },
    ];
    expect(() => writeFiles(files)).toThrow(`Cannot write ${join(directory, 'missing/second')}: no such file or directory.`);
    expect(readFileSync(join(directory, 'first'), 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['first']);
  });

  test('writes through a symbolic link', () => {
    mkdirSync(join(directory, 'real'));
    writeFileSync(join(directory, 'real/file'), 'old');
    symlinkSync(join(directory, 'real/file'), join(directory, 'link'));
    writeFiles([{ path: join(directory, 'link'), content: 'new' }]);
    expect(readFileSync(join(directory, 'real/file'), 'utf8')).toBe('new');
  });

  test('replaces no device and no directory', () => {
    expect(() => writeFiles([{ path: '/dev/null', content: 'x' }])).toThrow('not a regular file');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(() => writeFiles([{ path: directory, content: 'x' }])).toThrow(LocalFileError);
    expect(existsSync(directory)).toBe(true);
  });
});
