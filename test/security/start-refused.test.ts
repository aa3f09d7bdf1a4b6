import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { runServerToItsEnd, startServer } from '../e2e/start-server.ts';
import { newKeyId } from '../e2e/using-server.ts';

/** Where keys exist, whatever is missing or wrong is refused with the cure, and nothing on the disk is made, changed or removed. */
let original: string;
let home: string;
let ciphertext: Buffer;

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'latchkey-original-'));
  const server = await startServer({ home: original });
  const latchkey = connect({ address: server.address, token: server.token });
  ciphertext = (await latchkey.crypto.encrypt({ key_id: await newKeyId(latchkey), plaintext: Buffer.from('x') })).ciphertext_blob;
  latchkey.close();
  await server.stop();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-refused-'));
  await cp(original, home, { recursive: true });
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});
afterAll(async () => {
  await rm(original, { recursive: true });
});

interface Damage {
  readonly what: string;
  readonly says: RegExp;
  readonly make: () => Promise<unknown>;
}

const rootKey = () => join(home, 'secrets/root.key');
const isNotSafe = /root\.key is not safe to use/;
const isDamaged = /root\.key is not a root key file, or is damaged/;

const damages: readonly Damage[] = [
  { what: 'a missing root key', says: /their root key .*root\.key is missing/, make: async () => rm(rootKey()) },
  {
    what: 'a missing secrets folder',
    says: /their root key .*root\.key is missing/,
    make: async () => rm(join(home, 'secrets'), { recursive: true }),
  },
  {
    what: 'the root key of another store',
    says: /is not the one that this store belongs to/,
    make: async () => copyFile(await otherRootKey(), rootKey()),
  },
  {
    what: 'a root key file that is cut',
    says: isDamaged,
    make: async () => writeFile(rootKey(), (await readFile(rootKey())).subarray(0, 52)),
  },
  {
    what: 'a root key file that is longer',
    says: isDamaged,
    make: async () => writeFile(rootKey(), Buffer.concat([await readFile(rootKey()), Buffer.of(0)])),
  },
  { what: 'an empty root key file', says: isDamaged, make: async () => writeFile(rootKey(), '') },
  { what: 'a root key file of an unknown version', says: isDamaged, make: async () => flip(4) },
  { what: 'a root key whose id was altered', says: isDamaged, make: async () => flip(10) },
  { what: 'a root key whose bytes were altered', says: isDamaged, make: async () => flip(40) },
  { what: 'a root key that others may read', says: isNotSafe, make: async () => chmod(rootKey(), 0o644) },
  { what: 'a root key that its group may read', says: isNotSafe, make: async () => chmod(rootKey(), 0o640) },
  { what: 'a secrets folder that others may enter', says: isNotSafe, make: async () => chmod(join(home, 'secrets'), 0o755) },
  { what: 'a root key behind a link', says: isNotSafe, make: async () => linked(rootKey()) },
  { what: 'a secrets folder behind a link', says: isNotSafe, make: async () => linked(join(home, 'secrets')) },
  {
    what: 'a root key that is a folder',
    says: isNotSafe,
    make: async () => rm(rootKey()).then(async () => mkdir(rootKey(), { mode: 0o700 })),
  },
  {
    what: 'a store of a newer version',
    says: /was written by a newer Latchkey/,
    make: async () => sql('PRAGMA user_version = 99'),
  },
  {
    what: 'a store whose domain keys are gone',
    says: /the domain key that wraps its keys is missing/,
    make: async () => sql('DELETE FROM domain_keys'),
  },
  { what: 'a domain key that was altered', says: /domain key .* is damaged/, make: alterDomainKey },
  {
    what: 'a domain key under another id',
    says: /domain key .* is damaged/,
    make: async () => sql("UPDATE domain_keys SET id = '00000000000000000000000000000000'"),
  },
  {
    what: 'a database that is not one',
    says: /is not a database/,
    make: async () => writeFile(join(home, 'data/latchkey.db'), 'x'.repeat(5000)),
  },
  { what: 'an empty database', says: /is empty/, make: async () => writeFile(join(home, 'data/latchkey.db'), '') },
];

describe('the server does not start with', () => {
  it.each(damages)('$what', async ({ says, make }) => {
    await make();
    const before = await fingerprint(home);
    const { code, output } = await runServerToItsEnd({ home });
    expect(code).toBe(1);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/\n\s+at /);
    expect(await fingerprint(home)).toEqual(before);
  });
});

it('starts again once the right root key is back', async () => {
  await rename(rootKey(), join(home, 'kept'));
  expect((await runServerToItsEnd({ home })).code).toBe(1);
  await rename(join(home, 'kept'), rootKey());
  const server = await startServer({ home });
  const latchkey = connect({ address: server.address, token: server.token });
  expect((await latchkey.crypto.decrypt({ ciphertext_blob: ciphertext })).plaintext.toString()).toBe('x');
  latchkey.close();
  await server.stop();
});

it('a second server on the same data folder is refused, and the first goes on', async () => {
  const first = await startServer({ home });
  const before = await readFile(rootKey());
  const { code, output } = await runServerToItsEnd({ home });
  expect([code, output]).toEqual([1, expect.stringContaining('is in use by another process')]);
  const latchkey = connect({ address: first.address, token: first.token });
  expect((await latchkey.crypto.decrypt({ ciphertext_blob: ciphertext })).plaintext.toString()).toBe('x');
  latchkey.close();
  expect(await first.stop()).toBe(0);
  expect(await readFile(rootKey())).toEqual(before);
});

it('a new server makes its folders and files for its owner only', async () => {
  const server = await startServer({ home: join(home, 'new') });
  await server.stop();
  for (const [path, mode] of [
    ['secrets', 0o700],
    ['secrets/root.key', 0o600],
    ['data', 0o700],
    ['data/latchkey.db', 0o600],
  ] as const) {
    expect((await stat(join(home, 'new', path))).mode & 0o777, path).toBe(mode);
  }
  expect((await readFile(join(home, 'new/secrets/root.key'))).toString('latin1', 0, 5)).toBe('LKRK\x01');
  expect(await readdir(join(home, 'new/secrets'))).toEqual(['admin.token', 'root.key']);
});

it('a root key without a store, as after a first start that was interrupted, is kept and used', async () => {
  await rm(join(home, 'data'), { recursive: true });
  const before = await readFile(rootKey());
  const server = await startServer({ home });
  await server.stop();
  expect(await readFile(rootKey())).toEqual(before);
});

async function otherRootKey(): Promise<string> {
  const other = join(home, 'other');
  await (await startServer({ home: other })).stop();
  return join(other, 'secrets/root.key');
}

async function flip(at: number): Promise<void> {
  const bytes = await readFile(rootKey());
  bytes[at]! ^= 1;
  await writeFile(rootKey(), bytes);
}

async function linked(path: string): Promise<void> {
  await rename(path, `${path}.real`);
  await symlink(`${path}.real`, path);
}

async function sql(statement: string): Promise<void> {
  const database = new Database(join(home, 'data/latchkey.db'));
  database.exec(statement);
  database.close();
}

async function alterDomainKey(): Promise<void> {
  const database = new Database(join(home, 'data/latchkey.db'));
  const stored = database.prepare<[], Buffer>('SELECT stored FROM domain_keys').pluck().get()!;
  stored[80]! ^= 1;
  database.prepare('UPDATE domain_keys SET stored = ?').run(stored);
  database.close();
}

/** Every file under a folder with a hash of what it holds. Without empty ones: a write-ahead log with nothing in it says nothing. */
async function fingerprint(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.toSorted().map(async (path) => [path, await readFile(path)] as const));
  const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex');
  return new Map(contents.filter(([, content]) => content.length > 0).map(([path, content]) => [path, hash(content)]));
}
