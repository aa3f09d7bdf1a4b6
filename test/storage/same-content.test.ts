import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { openSqliteStore } from '../../src/storage/sqlite/open-sqlite-store.ts';
import { MemoryContents, openMemoryStore } from '../fakes/memory-store.ts';
import { sameContentProperty } from './same-content.ts';
import { temporaryDirectory } from './temporary-directory.ts';

it('the memory store and the SQLite store hold the same after any sequence of changes', { timeout: 60_000 }, async () => {
  const property = sameContentProperty(async () => {
    const contents = new MemoryContents();
    const { path, remove } = temporaryDirectory();
    return [
      { open: async () => openMemoryStore({ contents }), remove: async () => undefined },
      { open: () => openSqliteStore({ dataDirectory: path }), remove: async () => remove() },
    ];
  });
  await expect(fc.assert(property, { numRuns: 100 })).resolves.toBeUndefined();
});
