import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartRefused } from '../../src/errors.ts';
import { ReloadedFile } from '../../src/identity/reloaded-file.ts';
import { UnusableSource } from '../../src/identity/source.ts';

let directory = '';
let path = '';
let events: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-reloaded-'));
  path = join(directory, 'number');
  events = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function opened(): ReloadedFile<number> {
  return new ReloadedFile({
    setting: 'a.file',
    path,
    parse: (text) => {
      if (!/^[0-9]+$/.test(text)) throw new UnusableSource('it is no number.');
      return Number(text);
    },
    report: {
      reloaded: (where) => events.push(`reloaded ${where}`),
      broken: (where, problem) => events.push(`broken ${where}: ${problem.replace(/ENOENT.*/, 'ENOENT')}`),
    },
  });
}

describe('a file that may change', () => {
  it('has to be there and right at the start', () => {
    expect(opened).toThrow(StartRefused);
    expect(opened).toThrow(`a.file: ${path}: it cannot be read: ENOENT`);
    writeFileSync(path, 'seven');
    expect(opened).toThrow(`a.file: ${path}: it is no number.`);
  });

  it('has a new value after the look that finds it changed', async () => {
    writeFileSync(path, '1');
    const file = opened();
    await file.look();
    expect(events).toEqual([]);
    writeFileSync(`${path}.new`, '2');
    renameSync(`${path}.new`, path);
    expect(file.value).toBe(1);
    await file.look();
    await file.look();
    expect(file.value).toBe(2);
    expect(events).toEqual([`reloaded ${path}`]);
  });

  it('keeps its value while the new one is wrong or gone, and says so once', async () => {
    writeFileSync(path, '1');
    const file = opened();
    writeFileSync(path, 'seven');
    await file.look();
    await file.look();
    expect(file.value).toBe(1);
    rmSync(path);
    await file.look();
    await file.look();
    expect(file.value).toBe(1);
    writeFileSync(path, '1');
    await file.look();
    await file.look();
    expect(events).toEqual([`broken ${path}: it is no number.`, `broken ${path}: it cannot be read: ENOENT`, `reloaded ${path}`]);
  });

  it('does not hide a bug of its parser', async () => {
    writeFileSync(path, '1');
    const file = new ReloadedFile({
      setting: 'a.file',
      path,
      parse: (text) => (text === '1' ? 1 : (undefined as unknown as string).length),
      report: { reloaded: () => {}, broken: () => {} },
    });
    writeFileSync(path, '2');
    await expect(file.look()).rejects.toThrow(TypeError);
  });
});
