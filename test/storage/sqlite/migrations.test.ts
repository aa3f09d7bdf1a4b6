import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Migration, migrate, migrations, storeVersion, versionOf } from '../../../src/storage/sqlite/migrations.ts';

describe('migrations', () => {
  let database: Database.Database;

  beforeEach(() => {
    database = new Database(':memory:');
  });

  afterEach(() => database.close());

  it('are numbered from 1 without gaps up to the version of this program', () => {
    expect(migrations.map(({ version }) => version)).toEqual(Array.from({ length: storeVersion }, (_, index) => index + 1));
  });

  it('make strict tables only', () => {
    migrate(database);
    const tables = database.prepare<[], { name: string; strict: number }>(
      "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    const names = [
      'access_tokens',
      'aliases',
      'client_tokens',
      'domain_keys',
      'grants',
      'groups',
      'import_keys',
      'key_materials',
      'keys',
      'marks',
      'meta',
      'principals',
      'tombstones',
      'uses',
    ];
    expect(tables.all()).toEqual(names.map((name) => ({ name, strict: 1 })));
    expect(versionOf(database)).toBe(storeVersion);
  });

  it('apply only what the database has not seen', () => {
    migrate(database, [first]);
    database.exec('INSERT INTO things VALUES (1)');
    migrate(database, [first, second]);
    migrate(database, [first, second]);

    expect(versionOf(database)).toBe(2);
    expect(database.prepare('SELECT id, colour FROM things').all()).toEqual([{ id: 1, colour: 'grey' }]);
  });

  it('leave the version before the one that fails, whole', () => {
    const failing: Migration = { version: 3, statements: 'DELETE FROM things; CREATE TABLE others (id INTEGER); SELECT nonsense;' };
    migrate(database, [first, second]);
    database.exec("INSERT INTO things VALUES (1, 'red')");

    expect(() => migrate(database, [first, second, failing])).toThrow('nonsense');
    expect(versionOf(database)).toBe(2);
    expect(database.prepare('SELECT count(*) FROM things').pluck().get()).toBe(1);
    expect(database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'others'").pluck().get()).toBe(0);
  });
});

const first: Migration = { version: 1, statements: 'CREATE TABLE things (id INTEGER PRIMARY KEY) STRICT;' };
const second: Migration = { version: 2, statements: "ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey';" };
