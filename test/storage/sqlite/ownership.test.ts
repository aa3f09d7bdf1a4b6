import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { numberedChange } from './numbered-changes.ts';
import { StoreProcess } from './spawn-store.ts';

describe('a data directory', { timeout: 30_000 }, () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let dataDirectory: string;
  const started: StoreProcess[] = [];

  beforeEach(() => {
    directory = temporaryDirectory();
    dataDirectory = join(directory.path, 'new', 'data');
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((process) => process.kill()));
    directory.remove();
  });

  function start(mode: 'write' | 'hold', options?: { readonly umask: string }): StoreProcess {
    const process = new StoreProcess(mode, dataDirectory, options);
    started.push(process);
    return process;
  }

  it('has one owner: a second process is refused and the first goes on', async () => {
    const owner = start('write');
    await owner.untilAcknowledged(2);
    const second = start('hold');
    await second.untilEnded();
    const acknowledged = owner.acknowledged.length;

    expect(second.exitCode).toBe(3);
    expect(second.errors).toContain(`${dataDirectory}/latchkey.db is in use by another process`);
    await owner.untilAcknowledged(acknowledged + 2);
  });

  it('is refused to this process while another owns it, and free when that was killed', async () => {
    const owner = start('hold');
    await owner.untilAcknowledged(2);
    await expect(openSqliteStore({ dataDirectory })).rejects.toThrow('is in use by another process');
    await owner.kill();

    const store = await openSqliteStore({ dataDirectory });
    expect((await store.countKeys(0)).counter).toBe(1);
    await store.close();
  });

  it('stays owned after a second opening in the same process was refused', async () => {
    const store = await openSqliteStore({ dataDirectory });
    await expect(openSqliteStore({ dataDirectory })).rejects.toThrow('is in use by another process');
    const second = start('hold');
    await second.untilEnded();

    expect(second.exitCode).toBe(3);
    expect(await store.commit({}, { expectedCounter: 0 })).toBe(1);
    await store.close();
  });

  it('never has two owners when several processes start at once', async () => {
    const starters = [start('hold'), start('hold'), start('hold')];
    await Promise.all(
      starters.map((process) => Promise.race([process.untilEnded(), process.untilAcknowledged(2).catch(() => undefined)])),
    );

    const refused = starters.filter((process) => process.exitCode === 3);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    for (const process of refused) expect(process.errors).toContain('is in use by another process');
  });

  it.each(['000', '022', '077'])('is for its owner only under umask %s', async (umask) => {
    await start('hold', { umask }).untilAcknowledged(2);

    expect(modesOf(directory.path, ['new', 'new/data', 'new/data/latchkey.db', 'new/data/latchkey.db-wal'])).toEqual({
      new: '700',
      'new/data': '700',
      'new/data/latchkey.db': '600',
      'new/data/latchkey.db-wal': '600',
    });
    expect(readdirSync(dataDirectory).toSorted()).toEqual(['latchkey.db', 'latchkey.db-wal']);
  });

  it('keeps the mode that it was given before', async () => {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o750 });
    await (await openSqliteStore({ dataDirectory })).close();

    expect(modesOf(directory.path, ['new/data', 'new/data/latchkey.db'])).toEqual({
      'new/data': '750',
      'new/data/latchkey.db': '600',
    });
  });

  it('holds one file after close: the log was written back', async () => {
    const store = await openSqliteStore({ dataDirectory });
    for (let number = 0; number < 20; number++) await store.commit(numberedChange(number), { expectedCounter: number });
    expect(statSync(join(dataDirectory, 'latchkey.db-wal')).size).toBeGreaterThan(0);
    await store.close();

    expect(readdirSync(dataDirectory)).toEqual(['latchkey.db']);
  });
});

function modesOf(root: string, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, (statSync(join(root, path)).mode & 0o777).toString(8)]));
}
