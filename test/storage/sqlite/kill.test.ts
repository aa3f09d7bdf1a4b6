import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { checkNumberedChanges } from './numbered-changes.ts';
import { StoreProcess } from './spawn-store.ts';

describe('kill -9 of a writing process', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(() => directory.remove());

  it('loses no acknowledged commit and leaves none half applied', { timeout: 120_000 }, async () => {
    let counter = 0;
    for (let round = 0; round < 8; round++) {
      const writer = new StoreProcess('write', directory.path);
      await writer.untilAcknowledged(2 + Math.floor(Math.random() * 150));
      await writer.kill();

      const lastAcknowledged = writer.acknowledged.at(-1) ?? 0;
      expect(writer.acknowledged[0]).toBe(counter);
      counter = await checkStore(directory.path);
      expect(counter).toBeGreaterThanOrEqual(lastAcknowledged);
      expect(counter).toBeLessThanOrEqual(lastAcknowledged + 1);
    }
  });

  it('during the first start leaves nothing or a store that opens', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 8; round++) {
      const dataDirectory = `${directory.path}/${round}`;
      const writer = new StoreProcess('write', dataDirectory);
      await new Promise((resolve) => setTimeout(resolve, 40 + round * 15));
      await writer.kill();

      expect(await checkStore(dataDirectory)).toBeGreaterThanOrEqual(writer.acknowledged.at(-1) ?? 0);
    }
  });
});

async function checkStore(dataDirectory: string): Promise<number> {
  const store = await openSqliteStore({ dataDirectory });
  try {
    return await checkNumberedChanges(store);
  } finally {
    await store.close();
  }
}
