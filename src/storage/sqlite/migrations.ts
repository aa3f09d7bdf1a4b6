import type { Database } from 'better-sqlite3';

/** Version of the layout that this program writes; an older store is brought up to it when it is opened. */
export const storeVersion = 4;

/** Marks the file as Latchkey's ("LKEY"), so that no other program's database is ever taken for a store. */
export const applicationId = 0x4c4b4559;

export interface Migration {
  /** The layout's version after it. Versions count from 1 without gaps. */
  readonly version: number;
  readonly statements: string;
}

/** Applies the migrations that the database has not seen, each in a transaction of its own. */
export function migrate(database: Database, to: readonly Migration[] = migrations): void {
  for (const migration of to) {
    if (migration.version > versionOf(database)) apply(database, migration);
  }
}

/** 0 for a database without tables. */
export function versionOf(database: Database): number {
  return database.prepare<[], number>('PRAGMA user_version').pluck().get() ?? 0;
}

function apply(database: Database, { version, statements }: Migration): void {
  const transaction = database.transaction(() => {
    database.exec(statements);
    database.pragma(`user_version = ${version}`);
  });
  transaction.immediate();
}

/**
 * A released migration is never edited: a new need is a new row.
 * Text is compared by its UTF-8 bytes (BINARY collation, SQLite's default). Rows name each other without foreign keys: the
 * store's contract promises none, and what a row refers to is believed by its MAC, not by its presence.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    statements: `
      CREATE TABLE meta (
        id      INTEGER PRIMARY KEY CHECK (id = 0),
        counter INTEGER NOT NULL
      ) STRICT;
      INSERT INTO meta (id, counter) VALUES (0, 0);

      CREATE TABLE domain_keys (
        id         TEXT    NOT NULL PRIMARY KEY,
        stored     BLOB    NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE keys (
        key_id        TEXT    NOT NULL PRIMARY KEY,
        disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
        record        BLOB    NOT NULL,
        domain_key_id BLOB    NOT NULL,
        mac           BLOB    NOT NULL
      ) STRICT;
      CREATE INDEX keys_by_disabled ON keys (disabled);

      CREATE TABLE key_materials (
        key_material_id TEXT    NOT NULL PRIMARY KEY,
        key_id          TEXT    NOT NULL,
        sequence        INTEGER NOT NULL,
        stored_key      BLOB    NOT NULL,
        record          BLOB    NOT NULL,
        domain_key_id   BLOB    NOT NULL,
        mac             BLOB    NOT NULL,
        UNIQUE (key_id, sequence)
      ) STRICT;

      CREATE TABLE aliases (
        alias_name    TEXT NOT NULL PRIMARY KEY,
        key_id        TEXT NOT NULL,
        record        BLOB NOT NULL,
        domain_key_id BLOB NOT NULL,
        mac           BLOB NOT NULL
      ) STRICT;
      CREATE INDEX aliases_by_key ON aliases (key_id, alias_name);

      CREATE TABLE client_tokens (
        scope         TEXT    NOT NULL,
        token         TEXT    NOT NULL,
        expires_at    INTEGER NOT NULL,
        record        BLOB    NOT NULL,
        domain_key_id BLOB    NOT NULL,
        mac           BLOB    NOT NULL,
        PRIMARY KEY (scope, token)
      ) STRICT;
      CREATE INDEX client_tokens_by_expiry ON client_tokens (expires_at);
    `,
  },
  {
    version: 2,
    statements: `
      ALTER TABLE keys ADD COLUMN pending_deletion INTEGER NOT NULL DEFAULT 0 CHECK (pending_deletion IN (0, 1));
      ALTER TABLE keys ADD COLUMN pending_import_at INTEGER;
      ALTER TABLE keys ADD COLUMN next_look_at INTEGER;
      ALTER TABLE keys ADD COLUMN insecure INTEGER NOT NULL DEFAULT 0 CHECK (insecure IN (0, 1));
      DROP INDEX keys_by_disabled;
      CREATE INDEX keys_by_state ON keys (pending_deletion, disabled, insecure, pending_import_at);
      CREATE INDEX keys_by_next_look ON keys (next_look_at) WHERE next_look_at IS NOT NULL;

      CREATE TABLE import_keys (
        id         TEXT    NOT NULL PRIMARY KEY,
        stored     BLOB    NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE tombstones (
        key_id        TEXT NOT NULL PRIMARY KEY,
        record        BLOB NOT NULL,
        domain_key_id BLOB NOT NULL,
        mac           BLOB NOT NULL
      ) STRICT;

      CREATE TABLE marks (
        name          TEXT NOT NULL PRIMARY KEY,
        record        BLOB NOT NULL,
        domain_key_id BLOB NOT NULL,
        mac           BLOB NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 3,
    statements: `
      ALTER TABLE meta ADD COLUMN uses_since INTEGER NOT NULL DEFAULT 0;
      UPDATE meta SET uses_since = CAST(unixepoch('subsec') * 1000 AS INTEGER);

      CREATE TABLE uses (
        key_id          TEXT    NOT NULL,
        key_material_id TEXT    NOT NULL,
        encryptions     INTEGER NOT NULL,
        decryptions     INTEGER NOT NULL,
        plaintext_bytes INTEGER NOT NULL,
        first_used_at   INTEGER NOT NULL,
        last_used_at    INTEGER NOT NULL,
        PRIMARY KEY (key_id, key_material_id)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 4,
    statements: `
      CREATE TABLE principals (
        principal_id  TEXT NOT NULL PRIMARY KEY,
        path          TEXT NOT NULL UNIQUE,
        subject       TEXT UNIQUE,
        record        BLOB NOT NULL,
        domain_key_id BLOB NOT NULL,
        mac           BLOB NOT NULL
      ) STRICT;

      CREATE TABLE access_tokens (
        token_id      TEXT    NOT NULL PRIMARY KEY,
        principal_id  TEXT    NOT NULL,
        expires_at    INTEGER NOT NULL,
        record        BLOB    NOT NULL,
        domain_key_id BLOB    NOT NULL,
        mac           BLOB    NOT NULL
      ) STRICT;
      CREATE INDEX access_tokens_by_principal ON access_tokens (principal_id, token_id);

      CREATE TABLE groups (
        group_name    TEXT NOT NULL PRIMARY KEY,
        record        BLOB NOT NULL,
        domain_key_id BLOB NOT NULL,
        mac           BLOB NOT NULL
      ) STRICT;

      CREATE TABLE grants (
        grant_id      TEXT NOT NULL PRIMARY KEY,
        key_id        TEXT NOT NULL,
        grantee_id    TEXT NOT NULL,
        retiring_id   TEXT,
        name          TEXT,
        record        BLOB NOT NULL,
        domain_key_id BLOB NOT NULL,
        mac           BLOB NOT NULL
      ) STRICT;
      CREATE INDEX grants_by_key ON grants (key_id, grant_id);
      CREATE INDEX grants_by_grantee ON grants (key_id, grantee_id, grant_id);
      CREATE INDEX grants_by_retiring ON grants (retiring_id, grant_id) WHERE retiring_id IS NOT NULL;
      CREATE INDEX grants_by_name ON grants (key_id, name, grant_id) WHERE name IS NOT NULL;
    `,
  },
];
