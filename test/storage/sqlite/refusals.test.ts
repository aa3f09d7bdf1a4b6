import Database from 'better-sqlite3';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartRefused } from '../../../src/errors.ts';
import { applicationId, storeVersion } from '../../../src/storage/sqlite/migrations.ts';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { checkNumberedChanges, numberedChange } from './numbered-changes.ts';

const commits = 60;

describe('opening', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let dataDirectory: string;
  let path: string;

  beforeEach(async () => {
    directory = temporaryDirectory();
    dataDirectory = directory.path;
    path = join(dataDirectory, 'latchkey.db');
    const store = await openSqliteStore({ dataDirectory });
    for (let number = 0; number < commits; number++) await store.commit(numberedChange(number), { expectedCounter: number });
    await store.close();
  });

  afterEach(() => directory.remove());

  /** What the refusal said, and whether every file is as it was before. */
  async function refusal(): Promise<{ readonly message: string; readonly leftAlone: boolean }> {
    const before = contentOfFiles(dataDirectory);
    const failure: unknown = await openSqliteStore({ dataDirectory }).catch((error: unknown) => error);
    if (!(failure instanceof StartRefused)) throw new Error('The store was opened, or failed in another way.', { cause: failure });
    return { message: failure.message, leftAlone: contentOfFiles(dataDirectory) === before };
  }

  function refused(text: string): object {
    const message: unknown = expect.stringContaining(`${path} ${text}`);
    return { message, leftAlone: true };
  }

  it('accepts the store that these tests then spoil', async () => {
    const store = await openSqliteStore({ dataDirectory });
    expect(await checkNumberedChanges(store)).toBe(commits);
    expect(store.version).toBe(storeVersion);
    await store.close();
  });

  it('refuses a store of a newer version, naming both and the cure', async () => {
    editDatabase(path, (database) => database.pragma(`user_version = ${storeVersion + 1}`));
    expect(await refusal()).toEqual({
      message:
        `${path} was written by a newer Latchkey: it has store version ${storeVersion + 1}, this one knows versions up to ` +
        `${storeVersion}. Run the newer Latchkey, or restore a backup made before the upgrade.`,
      leftAlone: true,
    });
  });

  it.each([0, applicationId + 1])('refuses a database with application id %d', async (id) => {
    editDatabase(path, (database) => database.pragma(`application_id = ${id}`));
    expect(await refusal()).toEqual(refused("is another program's database"));
  });

  it('refuses a database of another program', async () => {
    rmSync(path);
    const database = new Database(path);
    database.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('not ours')");
    database.close();
    expect(await refusal()).toEqual(refused("is another program's database. If it was a store, restore it"));
  });

  it.each([
    ['a trigger', 'CREATE TRIGGER t AFTER UPDATE ON keys BEGIN SELECT 1; END'],
    ['a table', 'CREATE TABLE notes (text TEXT)'],
    ['a view', 'CREATE VIEW notes AS SELECT 1'],
    ['an index', 'CREATE INDEX notes ON keys (mac)'],
    ['fewer indexes', 'DROP INDEX keys_by_state'],
  ])('refuses a store with %s that it did not make', async (_, statement) => {
    editDatabase(path, (database) => database.exec(statement));
    expect(await refusal()).toMatchObject(refused('has tables, indexes or triggers that Latchkey did not make'));
  });

  it('refuses a directory that others may write to', async () => {
    chmodSync(dataDirectory, 0o777);
    await expect(openSqliteStore({ dataDirectory })).rejects.toThrow(
      `${dataDirectory} must belong to the user that runs the server`,
    );
    chmodSync(dataDirectory, 0o700);
  });

  it('refuses a file that is no database', async () => {
    writeFileSync(path, 'Dear diary, today I was mistaken for a database. '.repeat(100));
    expect(await refusal()).toEqual(refused('is not a database'));
  });

  it('refuses an empty file: it was a store once', async () => {
    truncateSync(path, 0);
    expect(await refusal()).toEqual(refused('is empty. Restore it from a backup'));
  });

  it.each([512, 4096, 5000, 8192, 20_000, -4096, -1])('refuses a store cut at byte %d', async (length) => {
    const { size } = statSync(path);
    truncateSync(path, length > 0 ? length : size + length);
    expect(await refusal()).toEqual(refused('is damaged'));
  });

  it.each([1, 16, 99])('refuses a store of which %d bytes are left', async (length) => {
    truncateSync(path, length);
    expect(await refusal()).toMatchObject({ leftAlone: true });
  });

  it('refuses a store with any one page overwritten', async () => {
    const sound = readFileSync(path);
    for (let page = 1; page < sound.length / 4096; page++) {
      const spoilt = Buffer.from(sound);
      spoilt.fill(0xa5, page * 4096, (page + 1) * 4096);
      writeFileSync(path, spoilt);
      expect(await refusal()).toEqual(refused('is damaged'));
    }
  });

  it('refuses to make a new store beside the log of a lost one', async () => {
    const store = await openSqliteStore({ dataDirectory });
    await store.commit(numberedChange(commits), { expectedCounter: commits });
    copyFileSync(`${path}-wal`, `${path}-wal.kept`);
    await store.close();
    rmSync(path);
    renameSync(`${path}-wal.kept`, `${path}-wal`);

    expect(await refusal()).toEqual(refused('is missing'));
  });

  it('fails with the path when something that is no file is in its place', async () => {
    rmSync(path);
    mkdirSync(path);
    await expect(openSqliteStore({ dataDirectory })).rejects.toThrow(`${path} cannot be opened`);
  });

  it('ignores what a killed first start left behind', async () => {
    writeFileSync(`${path}.5e1f.new`, 'half a store');
    appendFileSync(join(dataDirectory, 'README'), 'mine');
    const store = await openSqliteStore({ dataDirectory });
    expect(await checkNumberedChanges(store)).toBe(commits);
    await store.close();
  });
});

function editDatabase(path: string, edit: (database: Database.Database) => void): void {
  const database = new Database(path);
  edit(database);
  database.close();
}

function contentOfFiles(directory: string): string {
  return JSON.stringify(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name)).toString('base64')]));
}
