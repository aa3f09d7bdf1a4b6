import { describe, expect, it } from 'vitest';
import { aliasRow, keyRow, materialRow } from './sample-rows.ts';
import type { CurrentStore } from './store-contract.ts';
import { allMaterials, allPages, commitNow, plainCounts, plainRows } from './store-content.ts';

export function describeLists(current: CurrentStore): void {
  describe('lists', () => {
    it('order keys and aliases by the UTF-8 bytes of their names', async () => {
      const shuffled = namesInByteOrder.toReversed();
      await commitNow(current(), { insert: shuffled.flatMap((name) => [keyRow(name), aliasRow(name, 'k')]) });

      const page = { after: undefined, limit: 100 };
      expect((await current().listKeys(page)).value.map((row) => row.keyId)).toEqual(namesInByteOrder);
      expect((await current().listAliases(page)).value.map((row) => row.aliasName)).toEqual(namesInByteOrder);
      expect((await current().listAliases(page, 'k')).value.map((row) => row.aliasName)).toEqual(namesInByteOrder);
    });

    it.each([1, 2, 3, 7, 100])('answer every row once in pages of at most %i', async (limit) => {
      await commitNow(current(), { insert: namesInByteOrder.flatMap((name) => [keyRow(name), aliasRow(name, 'k')]) });
      await commitNow(current(), { insert: namesInByteOrder.map((_, index) => materialRow('k', index + 1)) });

      const pageSizes: number[] = [];
      const keys = await allPages(
        async (after: string | undefined) => {
          const page = await current().listKeys({ after, limit });
          pageSizes.push(page.value.length);
          return page;
        },
        (row) => row.keyId,
      );
      const aliases = await allPages(
        (after: string | undefined) => current().listAliases({ after, limit }, 'k'),
        (row) => row.aliasName,
      );
      const materials = await allMaterials(current(), 'k', limit);

      expect(Math.max(...pageSizes)).toBe(Math.min(limit, namesInByteOrder.length));
      expect(keys.map((row) => row.keyId)).toEqual(namesInByteOrder);
      expect(aliases.map((row) => row.aliasName)).toEqual(namesInByteOrder);
      expect(materials.map((row) => row.sequence)).toEqual(namesInByteOrder.map((_, index) => index + 1));
    });

    it('begin after a cursor that is no row, and end beyond the last', async () => {
      await commitNow(current(), { insert: ['a', 'c', 'e'].map((name) => keyRow(name)) });

      const idsAfter = async (after: string) => (await current().listKeys({ after, limit: 10 })).value.map((row) => row.keyId);
      expect(await idsAfter('')).toEqual(['a', 'c', 'e']);
      expect(await idsAfter('b')).toEqual(['c', 'e']);
      expect(await idsAfter('c')).toEqual(['e']);
      expect(await idsAfter('c\0')).toEqual(['e']);
      expect(await idsAfter('e')).toEqual([]);
      expect(await idsAfter('z')).toEqual([]);
    });

    it('answer whole rows', async () => {
      const keys = [keyRow('a'), keyRow('b', { disabled: true, revision: 4 })];
      const materials = [materialRow('a', 1), materialRow('a', 2)];
      const aliases = [aliasRow('alias/1', 'a'), aliasRow('alias/2', 'b')];
      await commitNow(current(), { insert: [...keys, ...materials, ...aliases] });

      const page = { after: undefined, limit: 10 };
      expect(plainRows((await current().listKeys(page)).value)).toEqual(plainRows(keys));
      expect(plainRows((await current().listMaterials('a', page)).value)).toEqual(plainRows(materials));
      expect(plainRows((await current().listAliases(page)).value)).toEqual(plainRows(aliases));
    });

    it('keep to one key', async () => {
      const sequences = [3, 1, 20, 2];
      await commitNow(current(), {
        insert: [
          ...['a', 'A', 'ab', ''].flatMap((keyId) => sequences.map((sequence) => materialRow(keyId, sequence))),
          ...['a', 'A', 'ab', ''].map((keyId, index) => aliasRow(`alias/${index}`, keyId)),
        ],
      });

      const materials = (await current().listMaterials('a', { after: 1, limit: 10 })).value;
      expect(materials.map((row) => [row.keyId, row.sequence])).toEqual([2, 3, 20].map((sequence) => ['a', sequence]));
      const aliases = (await current().listAliases({ after: undefined, limit: 10 }, 'a')).value;
      expect(aliases.map((row) => row.aliasName)).toEqual(['alias/0']);
      const aliasesOfEmptyId = (await current().listAliases({ after: undefined, limit: 10 }, '')).value;
      expect(aliasesOfEmptyId.map((row) => row.aliasName)).toEqual(['alias/3']);
    });

    it('neither repeat nor lose a row when rows come and go between two pages', async () => {
      await commitNow(current(), { insert: ['b', 'd', 'f', 'h'].map((name) => aliasRow(name)) });
      const first = (await current().listAliases({ after: undefined, limit: 2 })).value.map((row) => row.aliasName);
      await commitNow(current(), { insert: ['a', 'c', 'e', 'i'].map((name) => aliasRow(name)), deleteAliases: ['b', 'd', 'h'] });
      const rest = (await current().listAliases({ after: 'd', limit: 10 })).value.map((row) => row.aliasName);

      expect(first).toEqual(['b', 'd']);
      expect(rest).toEqual(['e', 'f', 'i']);
    });

    it('follow an alias to its new key', async () => {
      await commitNow(current(), { insert: [aliasRow('alias/a', 'old')] });
      await commitNow(current(), { update: [aliasRow('alias/a', 'new', 1)] });

      const page = { after: undefined, limit: 10 };
      expect((await current().listAliases(page, 'old')).value).toEqual([]);
      expect(plainRows((await current().listAliases(page, 'new')).value)).toEqual(plainRows([aliasRow('alias/a', 'new', 1)]));
    });
  });
  describe('keys to look at', () => {
    it.each([
      [-1, []],
      [0, ['seen']],
      [99, ['seen']],
      [100, ['due', 'seen']],
      [101, ['due', 'seen', 'soon']],
      [Number.MAX_SAFE_INTEGER, ['due', 'later', 'seen', 'soon']],
    ])('at %i are those whose date is not after it, never one without a date', async (now, expected) => {
      const dates = { soon: 101, never: null, due: 100, later: Number.MAX_SAFE_INTEGER, seen: 0 };
      await commitNow(current(), { insert: Object.entries(dates).map(([id, nextLookAt]) => keyRow(id, { nextLookAt })) });

      const { counter, value } = await current().listKeysToLookAt(now, { after: undefined, limit: 10 });
      expect([counter, value.map((row) => row.keyId)]).toEqual([1, expected]);
    });

    it.each([1, 3, 100])('are answered once in pages of at most %i, in the order of ids and not of dates', async (limit) => {
      const due = namesInByteOrder.map((name, index) => keyRow(name, { nextLookAt: 1000 - index }));
      const others = [keyRow('Z', { nextLookAt: 1001 }), keyRow('aaa')];
      await commitNow(current(), { insert: [...due.toReversed(), ...others] });

      const pageSizes: number[] = [];
      const rows = await allPages(
        async (after: string | undefined) => {
          const page = await current().listKeysToLookAt(1000, { after, limit });
          pageSizes.push(page.value.length);
          return page;
        },
        (row) => row.keyId,
      );
      expect(plainRows(rows)).toEqual(plainRows(due));
      expect(Math.max(...pageSizes)).toBe(Math.min(limit, due.length));
    });

    it('follow an update of the date', async () => {
      await commitNow(current(), { insert: [keyRow('a'), keyRow('b', { nextLookAt: 5 })] });
      await commitNow(current(), { update: [keyRow('a', { nextLookAt: 5 }), keyRow('b')] });
      const { value } = await current().listKeysToLookAt(5, { after: undefined, limit: 10 });
      expect(value.map((row) => row.keyId)).toEqual(['a']);
    });
  });

  describe('numbers of keys', () => {
    it.each([
      [99, ['1', 'pendingImport 1']],
      [100, ['pendingImport 2']],
      [101, ['pendingImport 2']],
    ])('say at %i whether the time to wait for an import has come', async (now, expected) => {
      await commitNow(current(), { insert: [keyRow('a', { pendingImportAt: 100 }), keyRow('b', { pendingImportAt: 0 })] });
      expect(plainCounts((await current().countKeys(now)).value)).toEqual(expected);
    });

    it('never count a key without such a time as waiting', async () => {
      await commitNow(current(), { insert: [keyRow('a')] });
      expect((await current().countKeys(Number.MAX_SAFE_INTEGER)).value).toEqual([
        { disabled: false, pendingDeletion: false, pendingImport: false, insecure: false, count: 1 },
      ]);
    });

    it('are told apart by all index columns together', async () => {
      const flags = [false, true];
      const rows = flags.flatMap((disabled) =>
        flags.flatMap((pendingDeletion) =>
          flags.flatMap((insecure) =>
            [null, 7, 8].map((pendingImportAt) => ({ disabled, pendingDeletion, insecure, pendingImportAt })),
          ),
        ),
      );
      await commitNow(current(), { insert: rows.map((indexes, index) => keyRow(`${index}`, indexes)) });

      const { value } = await current().countKeys(7);
      expect(value).toHaveLength(16);
      for (const { pendingImport, count } of value) expect(count).toBe(pendingImport ? 1 : 2);
      const kinds = value.map(({ count: _, ...kind }) =>
        JSON.stringify(Object.entries(kind).toSorted(([a], [b]) => a.localeCompare(b))),
      );
      expect(new Set(kinds).size).toBe(16);
      expect(value.filter((row) => row.insecure).reduce((sum, row) => sum + row.count, 0)).toBe(12);
    });
  });
}

/** UTF-16 units, as JavaScript compares them, would put U+10000 (D800 DC00) before U+FF5E. */
const namesInByteOrder = [
  '',
  'A',
  'B',
  'a',
  'a\0',
  'a\u0001',
  'aa',
  'b',
  '\u00e9',
  '\uff5e',
  '\u{10000}',
  '\u{10000}a',
  '\u{1f511}',
];
