import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Store, StoreConflict } from '../../src/storage/store.ts';
import { describeAccess } from './access-contract.ts';
import { describeCommits } from './commit-contract.ts';
import { describeDeletions } from './delete-contract.ts';
import { describeLists } from './list-contract.ts';
import { describeReads } from './read-contract.ts';
import { describeUses } from './uses-contract.ts';
import { keyRow, materialRow, usesRow } from './sample-rows.ts';
import { commitNow, contentOf, plain } from './store-content.ts';

/** Where a store's data lives between two openings: a data directory, a database, an object in memory. */
export interface StorePlace {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** What a group of the suite works with: the store of the running test, empty at its beginning. */
export type CurrentStore = () => Store;

/** Every sentence of the contract in `store.ts` as a test, for any adapter. */
export function describeStoreContract(name: string, createPlace: () => Promise<StorePlace>): void {
  describe(`${name} keeps the store contract`, () => {
    let place: StorePlace;
    let store: Store;

    beforeEach(async () => {
      place = await createPlace();
      store = await place.open();
    });

    afterEach(async () => {
      await store.close().catch(() => undefined); // The test may have closed it.
      await place.remove();
    });

    describeReads(() => store);
    describeLists(() => store);
    describeCommits(() => store);
    describeDeletions(() => store);
    describeUses(() => store);
    describeAccess(() => store);
    describeClosing(
      () => store,
      () => place,
    );
  });
}

function describeClosing(current: CurrentStore, place: () => StorePlace): void {
  describe('close', () => {
    it('gives everything that was committed, and its counter, to the next owner', async () => {
      await commitNow(current(), { insert: [keyRow('a'), materialRow('a', 1)] });
      await commitNow(current(), { update: [keyRow('a', { disabled: true, revision: 1 })] });
      await current().addUses([usesRow('a', 1, { encryptions: 7 })]);
      const { usesSince } = current();
      const before = await contentOf(current());
      await current().close();

      const reopened = await place().open();
      try {
        expect(await contentOf(reopened)).toEqual(before);
        expect(await reopened.sumUses('a')).toMatchObject({ encryptions: 7 });
        expect(reopened.usesSince).toBe(usesSince);
        expect(plain((await reopened.readKey('a')).value)).toEqual(plain(keyRow('a', { disabled: true, revision: 1 })));
        await expect(reopened.commit({}, { expectedCounter: 1 })).rejects.toThrow(StoreConflict);
        expect(await reopened.commit({}, { expectedCounter: 2 })).toBe(3);
      } finally {
        await reopened.close();
      }
    });

    it('finishes what was begun', async () => {
      const store = current();
      const begun = store.commit({ insert: [keyRow('a')] }, { expectedCounter: 0 });
      const read = store.readKey('a');
      await store.close();

      expect(await begun).toBe(1);
      await expect(read).resolves.toBeDefined();
      const reopened = await place().open();
      try {
        expect(plain((await reopened.readKey('a')).value)).toEqual(plain(keyRow('a')));
      } finally {
        await reopened.close();
      }
    });

    it('makes every later call reject', async () => {
      const store = current();
      await store.close();

      const page = { after: undefined, limit: 1 };
      const calls: Record<Exclude<keyof Store, 'version' | 'usesSince'>, () => Promise<unknown>> = {
        readDomainKeys: () => store.readDomainKeys(),
        readKey: () => store.readKey('a'),
        readMaterial: () => store.readMaterial('a'),
        readMaterials: () => store.readMaterials(['a']),
        readAlias: () => store.readAlias('alias/a'),
        readClientToken: () => store.readClientToken('CreateKey', 'a'),
        readTombstone: () => store.readTombstone('a'),
        readMark: () => store.readMark('time'),
        readImportKeys: () => store.readImportKeys(),
        listKeysToLookAt: () => store.listKeysToLookAt(0, page),
        listKeys: () => store.listKeys(page),
        listMaterials: () => store.listMaterials('a', page),
        listAliases: () => store.listAliases(page),
        countKeys: () => store.countKeys(0),
        readPrincipal: () => store.readPrincipal('a'),
        readPrincipalByPath: () => store.readPrincipalByPath('a'),
        readPrincipalBySubject: () => store.readPrincipalBySubject('a'),
        listPrincipals: () => store.listPrincipals(page),
        countPrincipals: () => store.countPrincipals(),
        readAccessToken: () => store.readAccessToken('a'),
        listAccessTokens: () => store.listAccessTokens('a', page),
        readGroup: () => store.readGroup('a'),
        listGroups: () => store.listGroups(page),
        readGrant: () => store.readGrant('a'),
        listGrants: () => store.listGrants('a', page),
        listGrantsToRetire: () => store.listGrantsToRetire('a', page),
        readGrantsByName: () => store.readGrantsByName('a', 'n'),
        countGrants: () => store.countGrants('a'),
        addUses: () => store.addUses([]),
        readUses: () => store.readUses('a', []),
        sumUses: () => store.sumUses('a'),
        commit: () => store.commit({}, { expectedCounter: 0 }),
        close: () => store.close(),
      };
      for (const call of Object.values(calls)) await expect(call()).rejects.toBeInstanceOf(Error);
    });
  });
}
