import { describe, expect, it } from 'vitest';
import { type Change, type Row, StoreConflict } from '../../src/storage/store.ts';
import {
  accessTokenRow,
  aliasRow,
  clientTokenRow,
  domainKeyRow,
  grantRow,
  groupRow,
  importKeyRow,
  keyRow,
  markRow,
  materialRow,
  principalRow,
  tombstoneRow,
} from './sample-rows.ts';
import type { CurrentStore } from './store-contract.ts';
import { commitNow, contentOf, plain } from './store-content.ts';

export function describeCommits(current: CurrentStore): void {
  describe('commit', () => {
    it('increments the counter by one, whatever the size of the change', async () => {
      const store = current();
      expect(await store.commit({}, { expectedCounter: 0 })).toBe(1);
      expect(await store.commit({ insert: [keyRow('a'), keyRow('b'), materialRow('a', 1)] }, { expectedCounter: 1 })).toBe(2);
      expect(await store.commit({ deleteAliases: ['alias/none'] }, { expectedCounter: 2 })).toBe(3);
      expect((await store.countKeys(0)).counter).toBe(3);
    });

    it.each([0, 1, 3, -1, 2.5, Number.NaN, Number.MAX_SAFE_INTEGER])(
      'applies nothing when it expects counter %d instead of 2',
      async (expectedCounter) => {
        const store = current();
        await commitNow(store, { insert: seedRows });
        await commitNow(store, {});
        const before = await contentOf(store, sought);

        const change: Change = {
          insert: [keyRow('new')],
          update: [keyRow('a', { revision: 9 })],
          deleteAliases: ['alias/a'],
          deleteAccessTokens: ['token'],
          deleteGroups: ['staff'],
          deleteGrants: ['grant'],
          deleteKeys: ['b'],
          deleteImportKeys: ['i1'],
          deleteClientTokensExpiredAt: 1e15,
        };
        await expect(store.commit(change, { expectedCounter })).rejects.toThrow(StoreConflict);
        expect(await contentOf(store, sought)).toEqual(before);
        expect(await store.commit(change, { expectedCounter: 2 })).toBe(3);
      },
    );

    it('lets exactly one of many win that expect the same counter', async () => {
      const store = current();
      const commits = Array.from({ length: 50 }, (_, index) =>
        store.commit({ insert: [keyRow(`key ${index}`)] }, { expectedCounter: 0 }),
      );
      const outcomes = await Promise.allSettled(commits);

      const won = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [`key ${index}`] : []));
      const conflicts = outcomes.filter((outcome) => outcome.status === 'rejected' && outcome.reason instanceof StoreConflict);
      expect([won.length, conflicts.length]).toEqual([1, 49]);
      const { counter, value } = await store.listKeys({ after: undefined, limit: 100 });
      expect([counter, value.map((row) => row.keyId)]).toEqual([1, won]);
    });

    it('loses no change of writers that read again after a conflict', async () => {
      const store = current();
      let conflicts = 0;
      const insertSome = async (writer: number) => {
        for (let sequence = 1; sequence <= 10;) {
          const { counter } = await store.readKey('a');
          try {
            await store.commit({ insert: [materialRow(`writer ${writer}`, sequence)] }, { expectedCounter: counter });
            sequence++;
          } catch (error) {
            if (!(error instanceof StoreConflict)) throw error;
            conflicts++;
          }
        }
      };
      await Promise.all([0, 1, 2, 3].map(insertSome));

      expect(conflicts).toBeGreaterThan(0);
      expect((await store.readKey('a')).counter).toBe(40);
      for (const writer of [0, 1, 2, 3]) {
        expect((await store.listMaterials(`writer ${writer}`, { after: undefined, limit: 100 })).value).toHaveLength(10);
      }
    });

    it.each(refusedChanges)('applies nothing of a change that would $what', async ({ change }) => {
      const store = current();
      await commitNow(store, { insert: seedRows });
      const before = await contentOf(store, sought);

      const around: Change = {
        deleteClientTokensExpiredAt: 1e15,
        insert: [keyRow('first'), ...(change.insert ?? []), keyRow('last')],
        update: [keyRow('a', { disabled: true, revision: 5 }), ...(change.update ?? []), materialRow('a', 1, { revision: 5 })],
        deleteAliases: ['alias/a'],
        deleteAccessTokens: ['token'],
        deleteGroups: ['staff'],
        deleteGrants: ['grant'],
        deleteKeys: ['a'],
        deleteImportKeys: ['i1'],
      };
      const failure: unknown = await store.commit(around, { expectedCounter: 1 }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toBeInstanceOf(StoreConflict);
      expect(await contentOf(store, sought)).toEqual(before);

      expect(await store.commit({ insert: [keyRow('after')] }, { expectedCounter: 1 })).toBe(2);
    });

    it('replaces every field of a row that it updates', async () => {
      const store = current();
      await commitNow(store, { insert: seedRows });
      const updated: Row[] = [
        keyRow('a', { disabled: true, pendingDeletion: true, pendingImportAt: 5, nextLookAt: 6, insecure: true, revision: 1 }),
        markRow('time', 1),
        { ...materialRow('a', 1, { revision: 1 }), keyId: 'b', sequence: 9 },
        aliasRow('alias/a', 'b', 1),
        clientTokenRow('CreateKey', 't', { expiresAt: 5, revision: 1 }),
        principalRow('alice', { path: 'user/cert/alice', subject: 'dns:alice', revision: 1 }),
        accessTokenRow('token', { principalId: 'bob', expiresAt: 5, revision: 1 }),
        groupRow('staff', 1),
      ];
      await commitNow(store, { update: updated });

      const read = [
        await store.readKey('a'),
        await store.readMark('time'),
        await store.readMaterial(materialRow('a', 1).keyMaterialId),
        await store.readAlias('alias/a'),
        await store.readClientToken('CreateKey', 't'),
        await store.readPrincipal('alice'),
        await store.readAccessToken('token'),
        await store.readGroup('staff'),
      ];
      expect(read.map(({ value }) => plain(value))).toEqual(updated.map(plain));
      expect((await store.listMaterials('a', { after: undefined, limit: 10 })).value.map((row) => row.sequence)).toEqual([2]);
    });

    it('applies inserts, then updates, then deletions of aliases', async () => {
      const store = current();
      await commitNow(store, {
        insert: [keyRow('a'), aliasRow('alias/short-lived')],
        update: [keyRow('a', { revision: 1 }), keyRow('a', { revision: 2 })],
        deleteAliases: ['alias/short-lived'],
      });

      expect(plain((await store.readKey('a')).value)).toEqual(plain(keyRow('a', { revision: 2 })));
      expect((await store.readAlias('alias/short-lived')).value).toBeUndefined();
    });

    it('deletes the aliases that are named, and takes no offence at one that does not exist', async () => {
      const store = current();
      await commitNow(store, { insert: ['alias/a', 'alias/b', 'alias/B'].map((name) => aliasRow(name)) });
      await commitNow(store, { deleteAliases: ['alias/b', 'alias/none', 'alias/b'] });

      const { value } = await store.listAliases({ after: undefined, limit: 10 });
      expect(value.map((row) => row.aliasName)).toEqual(['alias/B', 'alias/a']);
      await commitNow(store, { insert: [aliasRow('alias/b', 'again')] });
      expect((await store.readAlias('alias/b')).value?.keyId).toBe('again');
    });

    it('deletes client tokens at or before the time, first of all', async () => {
      const store = current();
      const now = 1_790_000_000_000;
      const expiries = [0, now - 1, now, now + 1];
      await commitNow(store, {
        insert: expiries.map((expiresAt, index) => clientTokenRow('CreateKey', `t${index}`, { expiresAt })),
      });
      const reused = clientTokenRow('CreateKey', 't1', { expiresAt: now - 5, revision: 1 });
      await commitNow(store, { deleteClientTokensExpiredAt: now, insert: [reused] });

      const left = await Promise.all(expiries.map((_, index) => store.readClientToken('CreateKey', `t${index}`)));
      expect(left.map(({ value }) => plain(value))).toEqual([
        undefined,
        plain(reused),
        undefined,
        plain(clientTokenRow('CreateKey', 't3', { expiresAt: now + 1 })),
      ]);
    });
  });
}

const seedRows: readonly Row[] = [
  domainKeyRow('d1'),
  importKeyRow('i1'),
  tombstoneRow('gone'),
  markRow('time'),
  keyRow('a'),
  keyRow('b', { disabled: true }),
  materialRow('a', 1),
  materialRow('a', 2),
  aliasRow('alias/a', 'a'),
  clientTokenRow('CreateKey', 't'),
  principalRow('alice'),
  principalRow('bob', { subject: 'dns:bob' }),
  accessTokenRow('token'),
  groupRow('staff'),
  grantRow('grant', { keyId: 'a', retiringId: 'bob', name: 'n' }),
];
const sought = { tokens: [{ scope: 'CreateKey', token: 't' }], keyIds: ['gone'] };

/** Each is legal but for the one row that `what` describes. */
const refusedChanges: readonly { readonly what: string; readonly change: Change }[] = [
  { what: 'insert a domain key that exists', change: { insert: [domainKeyRow('d1', 7)] } },
  { what: 'insert a key that exists', change: { insert: [keyRow('a', { revision: 1 })] } },
  { what: 'insert a key twice', change: { insert: [keyRow('c'), keyRow('c')] } },
  {
    what: 'insert a backing key that exists',
    change: { insert: [materialRow('b', 7, { id: materialRow('a', 1).keyMaterialId })] },
  },
  { what: 'insert a second backing key of one sequence', change: { insert: [materialRow('a', 2, { id: 'another' })] } },
  { what: 'insert an alias that exists', change: { insert: [aliasRow('alias/a', 'b')] } },
  {
    what: 'insert a client token that exists',
    change: { insert: [clientTokenRow('CreateKey', 'u'), clientTokenRow('CreateKey', 'u', { revision: 1 })] },
  },
  { what: 'update a domain key', change: { update: [domainKeyRow('d1', 7)] } },
  { what: 'insert an import key that exists', change: { insert: [importKeyRow('i1', 7)] } },
  { what: 'insert a tombstone that exists', change: { insert: [tombstoneRow('gone', 1)] } },
  { what: 'insert a mark that exists', change: { insert: [markRow('time', 1)] } },
  { what: 'update an import key', change: { update: [importKeyRow('i1', 7)] } },
  { what: 'update a tombstone', change: { update: [tombstoneRow('gone', 1)] } },
  { what: 'update a mark that does not exist', change: { update: [markRow('insecure')] } },
  { what: 'update a key that does not exist', change: { update: [keyRow('A')] } },
  { what: 'update a backing key that does not exist', change: { update: [materialRow('a', 3)] } },
  { what: 'update a backing key to a sequence that is taken', change: { update: [{ ...materialRow('a', 1), sequence: 2 }] } },
  { what: 'update an alias that does not exist', change: { update: [aliasRow('alias/b')] } },
  { what: 'update a client token that does not exist', change: { update: [clientTokenRow('CreateKeys', 't')] } },
  {
    what: 'update a client token that it deletes as expired',
    change: { update: [clientTokenRow('CreateKey', 't', { revision: 1 })] },
  },
  { what: 'insert a principal that exists', change: { insert: [principalRow('alice', { path: 'user/token/other' })] } },
  { what: 'insert a second principal of one path', change: { insert: [principalRow('carol', { path: 'user/token/alice' })] } },
  { what: 'insert a second principal of one subject', change: { insert: [principalRow('carol', { subject: 'dns:bob' })] } },
  { what: 'update a principal to a path that is taken', change: { update: [principalRow('bob', { path: 'user/token/alice' })] } },
  { what: 'update a principal to a subject that is taken', change: { update: [principalRow('alice', { subject: 'dns:bob' })] } },
  { what: 'update a principal that does not exist', change: { update: [principalRow('carol')] } },
  { what: 'insert an access token that exists', change: { insert: [accessTokenRow('token', { principalId: 'bob' })] } },
  { what: 'update an access token that does not exist', change: { update: [accessTokenRow('Token')] } },
  { what: 'insert a group that exists', change: { insert: [groupRow('staff', 1)] } },
  { what: 'update a group that does not exist', change: { update: [groupRow('Staff')] } },
  { what: 'insert a grant that exists', change: { insert: [grantRow('grant', { keyId: 'b' })] } },
  { what: 'update a grant', change: { update: [grantRow('grant', { keyId: 'a', revision: 1 })] } },
];
