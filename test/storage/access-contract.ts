import { describe, expect, it } from 'vitest';
import { accessTokenRow, grantRow, groupRow, keyRow, principalRow } from './sample-rows.ts';
import type { CurrentStore } from './store-contract.ts';
import { allGrants, allPages, commitNow, contentOf, plain, plainRows, valueAt } from './store-content.ts';

/** Who may do what: principals, access tokens, groups, grants. */
export function describeAccess(current: CurrentStore): void {
  describe('access', () => {
    it('is none in a new store', async () => {
      const store = current();
      const answers = [
        await store.readPrincipal('a'),
        await store.readPrincipalByPath('a'),
        await store.readPrincipalBySubject('a'),
        await store.readAccessToken('a'),
        await store.readGroup('a'),
        await store.readGrant('a'),
      ];
      expect(answers).toEqual(answers.map(() => ({ counter: 0, value: undefined })));
      const lists = [
        await store.listPrincipals(page),
        await store.listAccessTokens('a', page),
        await store.listGroups(page),
        await store.listGrants('a', page),
        await store.listGrants('a', page, 'b'),
        await store.listGrantsToRetire('a', page),
        await store.readGrantsByName('a', 'n'),
      ];
      expect(lists).toEqual(lists.map(() => ({ counter: 0, value: [] })));
      expect(await store.countPrincipals()).toEqual({ counter: 0, value: 0 });
      expect(await store.countGrants('a')).toEqual({ counter: 0, value: 0 });
    });

    it('is answered in every field as it was written, and at its counter', async () => {
      const store = current();
      const principals = [principalRow('alice'), principalRow('bob', { path: 'user/cert/bob', subject: 'uri:spiffe://x/bob' })];
      const token = accessTokenRow('token', { principalId: 'bob', expiresAt: Number.MAX_SAFE_INTEGER });
      const grants = [grantRow('plain'), grantRow('named', { keyId: 'k', granteeId: 'bob', retiringId: 'alice', name: 'n' })];
      await commitNow(store, { insert: [...principals, token, groupRow('staff'), ...grants] });

      for (const row of principals) {
        expect(plain(await valueAt(1, store.readPrincipal(row.principalId)))).toEqual(plain(row));
        expect(plain(await valueAt(1, store.readPrincipalByPath(row.path)))).toEqual(plain(row));
      }
      expect(plain(await valueAt(1, store.readPrincipalBySubject('uri:spiffe://x/bob')))).toEqual(plain(principals[1]));
      expect(plain(await valueAt(1, store.readAccessToken('token')))).toEqual(plain(token));
      expect(plain(await valueAt(1, store.readGroup('staff')))).toEqual(plain(groupRow('staff')));
      for (const row of grants) expect(plain(await valueAt(1, store.readGrant(row.grantId)))).toEqual(plain(row));
      expect(await valueAt(1, store.countPrincipals())).toBe(2);
      expect(await valueAt(1, store.countGrants('k'))).toBe(1);
      expect(plainRows(await valueAt(1, store.listPrincipals(page)))).toEqual(plainRows(principals.toReversed()));
      expect(plainRows(await valueAt(1, store.listAccessTokens('bob', page)))).toEqual([plain(token)]);
      expect(plainRows(await valueAt(1, store.listGrants('k', page)))).toEqual([plain(grants[1])]);
    });

    it('tells names apart by their bytes', async () => {
      const store = current();
      const names = ['a', 'A', 'a ', 'a\0', '\u00e9', 'e\u0301', '', '__proto__', "'; DROP TABLE principals; --"];
      await commitNow(store, {
        insert: names.flatMap((name) => [
          principalRow(`id ${name}`, { path: name, subject: name }),
          accessTokenRow(name),
          groupRow(name),
          grantRow(name),
        ]),
      });
      for (const name of names) {
        expect((await store.readPrincipalByPath(name)).value?.principalId).toBe(`id ${name}`);
        expect((await store.readPrincipalBySubject(name)).value?.principalId).toBe(`id ${name}`);
        expect(plain((await store.readAccessToken(name)).value)).toEqual(plain(accessTokenRow(name)));
        expect(plain((await store.readGroup(name)).value)).toEqual(plain(groupRow(name)));
        expect(plain((await store.readGrant(name)).value)).toEqual(plain(grantRow(name)));
      }
      expect((await store.readPrincipalByPath('id a')).value).toBeUndefined();
    });

    it.each([1, 2, 3, 100])('is listed once in pages of at most %i, in the order of bytes', async (limit) => {
      const store = current();
      const ordered = ['', 'A', 'a', 'a\0', 'aa', '\uff5e', '\u{10000}', '\u{1f511}'];
      await commitNow(store, {
        insert: ordered
          .toReversed()
          .flatMap((name, index) => [
            principalRow(`${index}`, { path: name }),
            accessTokenRow(name),
            groupRow(name),
            grantRow(name, { retiringId: 'bob', name: 'n' }),
          ]),
      });
      const principals = await allPages(
        (after: string | undefined) => store.listPrincipals({ after, limit }),
        (row) => row.path,
      );
      const tokens = await allPages(
        (after: string | undefined) => store.listAccessTokens('alice', { after, limit }),
        (row) => row.tokenId,
      );
      const groups = await allPages(
        (after: string | undefined) => store.listGroups({ after, limit }),
        (row) => row.groupName,
      );
      expect(principals.map((row) => row.path)).toEqual(ordered);
      expect(tokens.map((row) => row.tokenId)).toEqual(ordered);
      expect(groups.map((row) => row.groupName)).toEqual(ordered);
      const grants = [
        await allGrants((at) => store.listGrants('key', at), limit),
        await allGrants((at) => store.listGrants('key', at, 'alice'), limit),
        await allGrants((at) => store.listGrantsToRetire('bob', at), limit),
        (await store.readGrantsByName('key', 'n')).value,
      ];
      for (const rows of grants) expect(rows.map((row) => row.grantId)).toEqual(ordered);
      expect((await store.listGroups({ after: undefined, limit })).value).toHaveLength(Math.min(limit, ordered.length));
      expect((await store.listGrants('key', { after: 'B', limit })).value[0]?.grantId).toBe('a');
    });

    it('keeps access tokens to their principal, and grants to their key, grantee, retiring principal and name', async () => {
      const store = current();
      await commitNow(store, {
        insert: [
          accessTokenRow('1'),
          accessTokenRow('2', { principalId: 'Alice' }),
          grantRow('1', { retiringId: 'carol', name: 'n' }),
          grantRow('2', { granteeId: 'bob', name: 'n' }),
          grantRow('3', { keyId: 'Key', retiringId: 'carol', name: 'n' }),
          grantRow('4', { retiringId: 'alice', name: 'N' }),
          grantRow('5', { name: 'n' }),
        ],
      });
      const ids = (rows: { readonly value: readonly { readonly grantId: string }[] }) =>
        rows.value.map((row) => row.grantId).join('');
      expect((await store.listAccessTokens('alice', page)).value.map((row) => row.tokenId)).toEqual(['1']);
      expect(ids(await store.listGrants('key', page))).toBe('1245');
      expect(ids(await store.listGrants('key', page, 'alice'))).toBe('145');
      expect(ids(await store.listGrants('Key', page, 'bob'))).toBe('');
      expect(ids(await store.listGrantsToRetire('carol', page))).toBe('13');
      expect(ids(await store.readGrantsByName('key', 'n'))).toBe('125');
      expect(ids(await store.readGrantsByName('key', 'n', 'alice'))).toBe('15');
      expect(ids(await store.readGrantsByName('key', 'n', 'carol'))).toBe('');
      expect((await store.countGrants('key')).value).toBe(4);
    });

    it('follows an update to the new path, subject and owner', async () => {
      const store = current();
      const moved = principalRow('alice', { path: 'new', subject: 'dns:new', revision: 1 });
      await commitNow(store, { insert: [principalRow('alice', { path: 'old', subject: 'dns:old' }), accessTokenRow('token')] });
      await commitNow(store, { update: [moved, accessTokenRow('token', { principalId: 'bob' })] });
      expect((await store.readPrincipalByPath('old')).value).toBeUndefined();
      expect((await store.readPrincipalBySubject('dns:old')).value).toBeUndefined();
      expect(plain((await store.readPrincipalByPath('new')).value)).toEqual(plain(moved));
      expect(plain((await store.readPrincipalBySubject('dns:new')).value)).toEqual(plain(moved));
      expect((await store.listAccessTokens('alice', page)).value).toEqual([]);
      expect((await store.listAccessTokens('bob', page)).value).toHaveLength(1);
      await commitNow(store, { insert: [principalRow('other', { path: 'old', subject: 'dns:old' })] });
    });

    it('lets any number of principals be without a subject', async () => {
      const store = current();
      await commitNow(store, { insert: [principalRow('a'), principalRow('b'), principalRow('c', { subject: '' })] });
      expect((await store.countPrincipals()).value).toBe(3);
      expect((await store.readPrincipalBySubject('')).value?.principalId).toBe('c');
    });

    it('goes where it is named, several at once, after the inserts of the same change', async () => {
      const store = current();
      const kept = [principalRow('1'), keyRow('1'), accessTokenRow('3'), groupRow('3'), grantRow('3')];
      await commitNow(store, { insert: kept });
      const { counter: _, ...before } = await contentOf(store, { keyIds: ['key'], principalIds: ['alice'] });
      await commitNow(store, { insert: ['1', '2'].flatMap((id) => [accessTokenRow(id), groupRow(id), grantRow(id)]) });
      await commitNow(store, {
        insert: [accessTokenRow('4'), groupRow('4'), grantRow('4')],
        deleteAccessTokens: ['1', '2', '4', 'none'],
        deleteGroups: ['1', '2', '4', 'none'],
        deleteGrants: ['1', '2', '4', 'none', '1'],
      });
      expect(await contentOf(store, { keyIds: ['key'], principalIds: ['alice'] })).toEqual({ counter: 3, ...before });
      await commitNow(store, { insert: [accessTokenRow('1'), groupRow('1'), grantRow('1')] });
    });
  });
}

const page = { after: undefined, limit: 10 };
