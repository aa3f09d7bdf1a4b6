import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadNativeAddon } from '../../src/crypto/native.ts';
import { StartRefused } from '../../src/errors.ts';
import { unlock } from '../../src/keyring/unlock.ts';
import { rootKeyFile } from '../../src/root-key/root-key-file.ts';
import { MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';

const addon = loadNativeAddon();
let secrets: string;
beforeEach(() => void (secrets = join(mkdtempSync(join(tmpdir(), 'latchkey-unlock-')), 'secrets')));
afterEach(() => rmSync(join(secrets, '..'), { recursive: true }));

it('makes a root key and a domain key for a new store, and opens them again', async () => {
  const contents = new MemoryContents();
  const first = await start(contents);
  expect(await start(contents)).toEqual(first);
});

it('has the root key on the disk before the first row that needs it', async () => {
  const contents = new MemoryContents();
  let there = false;
  await start(contents, { before: (operation) => void (operation === 'commit' && (there = existsSync(rootKeyPath()))) });
  expect(there).toBe(true);
});

it.each(['before', 'after'] as const)('starts again after the first write failed %s it was made', async (when) => {
  const contents = new MemoryContents();
  const failing = (operation: string) => {
    if (operation === 'commit') throw new Error('The disk is full.');
  };
  await expect(start(contents, { [when]: failing })).rejects.toThrow('The disk is full.');
  const rootKey = readFileSync(rootKeyPath());
  const domainKey = await start(contents);
  expect(readFileSync(rootKeyPath())).toEqual(rootKey);
  expect(await start(contents)).toEqual(domainKey);
});

it('makes nothing over a store that was used and has lost its domain key', async () => {
  const contents = new MemoryContents();
  const store = openMemoryStore({ contents });
  await store.commit({}, { expectedCounter: 0 });
  await expect(start(contents)).rejects.toThrow(StartRefused);
  expect(existsSync(rootKeyPath())).toBe(false);
});

async function start(contents: MemoryContents, faults: StoreFaults = {}): Promise<Uint8Array> {
  const table = new addon.KeyTable({ capacity: 4, maxPlaintextBytes: 1024 });
  try {
    return (await unlock(openMemoryStore({ contents, faults }), rootKeyFile(table, secrets), { table, now: 1 })).domainKeyId;
  } finally {
    table.close();
  }
}

function rootKeyPath(): string {
  return join(secrets, 'root.key');
}
