import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import type { Row } from '../../../src/storage/store.ts';
import { aliasRow, clientTokenRow, keyRow, materialRow } from '../sample-rows.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { foundMarkers, marker } from './found-markers.ts';

/** Many and of every size, so that rows share pages, fill pages, overflow into more, and pages split and merge. */
const sizes = Array.from({ length: 300 }, (_, index) => (index % 10 === 0 ? 9000 : 20 + index * 7));

describe('bytes of rows', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(() => directory.remove());

  it('that were overwritten or deleted are in no file after close', { timeout: 60_000 }, async () => {
    const store = await openSqliteStore({ dataDirectory: directory.path });
    await store.commit(
      { insert: sizes.flatMap((size, index) => rowsOf(index, marker('OLD', index, size))) },
      { expectedCounter: 0 },
    );
    expect(foundMarkers(directory.path, 'OLD').size).toBe(sizes.length);

    for (const [index, size] of sizes.entries()) {
      const [key, material] = rowsOf(index, marker('NEW', index, (size * 13) % 4500));
      await store.commit(
        { update: [key, material], deleteAliases: [`alias/${index}`], deleteClientTokensExpiredAt: index },
        { expectedCounter: index + 1 },
      );
    }
    await store.close();

    expect(foundMarkers(directory.path, 'NEW').size).toBe(sizes.length);
    expect([...foundMarkers(directory.path, 'OLD')]).toEqual([]);
  });
});

function rowsOf(index: number, record: Uint8Array): readonly [Row, Row, Row, Row] {
  return [
    { ...keyRow(`key ${index}`), record },
    { ...materialRow(`key ${index}`, 1), storedKey: record },
    { ...aliasRow(`alias/${index}`), record },
    { ...clientTokenRow('CreateKey', `${index}`, { expiresAt: index }), record },
  ];
}
