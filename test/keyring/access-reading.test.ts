import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reading } from '../../src/keyring/reading.ts';
import { exampleKey } from '../keys/example-key.ts';
import { MemoryContents, openMemoryStore } from '../fakes/memory-store.ts';
import {
  exampleGrant,
  examplePrincipal,
  exampleToken,
  fullGrant,
  fullGroup,
  fullPrincipal,
  fullToken,
  grantId,
  principalId,
  tokenId,
} from './example-access.ts';
import { type OpenKeyring, commit, openKeyring, temporaryFolder } from './open-keyring.ts';

const { keyId } = exampleKey();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let contents: MemoryContents;
let open: OpenKeyring;

beforeEach(async () => {
  folder = await temporaryFolder();
  contents = new MemoryContents();
  open = await openKeyring(openMemoryStore({ contents }), folder.path);
});
afterEach(async () => {
  expect(open.refusedRows).toEqual([]);
  open.close();
  await folder.remove();
});

/** What a decision reads. */
function reading<T>(read: (reading: Reading) => Promise<T>): Promise<T> {
  return open.keyring.change(async (from) => ({ answer: await read(from) }));
}

describe('a decision about who may do what', () => {
  it('reads every entity as it was put, under each of its names', async () => {
    await commit(open.keyring, { insertPrincipal: fullPrincipal, insertAccessToken: fullToken, insertGroup: fullGroup });
    await commit(open.keyring, { insertGrant: fullGrant });

    const found = await reading(async (from) => [
      await from.findPrincipal(fullPrincipal.principalId),
      await from.findPrincipalByPath(fullPrincipal.path),
      await from.findPrincipalBySubject(fullPrincipal.subject!),
      await from.findAccessToken(fullToken.tokenId),
      await from.findGroup(fullGroup.name),
      await from.findGrant(fullGrant.grantId),
    ]);
    expect(found).toEqual([fullPrincipal, fullPrincipal, fullPrincipal, fullToken, fullGroup, fullGrant]);
  });

  it('reads that nothing is there', async () => {
    const found = await reading(async (from) => [
      await from.findPrincipal(principalId(1)),
      await from.findPrincipalByPath('user/token/1'),
      await from.findPrincipalBySubject('dns:1'),
      await from.findAccessToken(tokenId(1)),
      await from.findGroup('staff'),
      await from.findGrant(grantId(1)),
    ]);
    expect(found).toEqual(found.map(() => undefined));
    expect(await reading((from) => from.principalCount())).toBe(0);
    expect(await reading((from) => from.hasMembers('staff'))).toBe(false);
  });

  it('counts principals, deleted ones too, and the grants of a key', async () => {
    await commit(open.keyring, { insertPrincipal: examplePrincipal(1) });
    await commit(open.keyring, { insertPrincipal: examplePrincipal(2, { deletedAt: 5 }) });
    await commit(open.keyring, { insertGrant: exampleGrant(1) });
    const counts = async (from: Reading) => [await from.principalCount(), await from.grantCount(keyId)];
    expect(await reading(counts)).toEqual([2, 1]);
  });

  it('finds the access tokens of a principal, and grants of one name to one principal', async () => {
    for (const number of [2, 1]) await commit(open.keyring, { insertAccessToken: exampleToken(number) });
    await commit(open.keyring, { insertAccessToken: exampleToken(3, { principalId: principalId(2) }) });
    await commit(open.keyring, { insertGrant: exampleGrant(1, { name: 'n' }) });
    await commit(open.keyring, { insertGrant: exampleGrant(2, { name: 'n', granteeId: principalId(2) }) });
    await commit(open.keyring, { insertGrant: exampleGrant(3, { name: 'N' }) });

    const tokenIds = await reading((from) => from.accessTokenIds(principalId(1)));
    expect(tokenIds.toSorted()).toEqual([tokenId(1), tokenId(2)].toSorted());
    const named = await reading((from) => from.grantsNamed('n', principalId(1), keyId));
    expect(named.map((grant) => grant.grantId)).toEqual([grantId(1)]);
  });

  it('knows whether anybody belongs to a group, however many principals there are', async () => {
    for (let number = 1; number <= 1001; number++) {
      await commit(open.keyring, {
        insertPrincipal: examplePrincipal(number, { groups: number === 1001 ? ['staff'] : ['other'] }),
      });
    }
    const members = async (from: Reading) => [await from.hasMembers('staff'), await from.hasMembers('Staff')];
    expect(await reading(members)).toEqual([true, false]);
  });

  it('keeps the fields of records that a newer version wrote', async () => {
    await commit(open.keyring, {
      insertPrincipal: examplePrincipal(1),
      insertAccessToken: exampleToken(1),
      insertGroup: fullGroup,
    });
    await writeNewerFields();
    await open.keyring.change(async (from) => {
      const updatePrincipal = { ...(await from.findPrincipal(principalId(1)))!, disabled: true };
      const updateAccessToken = { ...(await from.findAccessToken(tokenId(1)))!, revokedAt: 5 };
      const updateGroup = { ...(await from.findGroup('staff'))!, createdAt: 2 };
      return { change: { updatePrincipal, updateAccessToken, updateGroup }, answer: undefined };
    });
    const records = [...new Set(contents.rows.values())].flatMap((row) =>
      'record' in row ? [JSON.parse(Buffer.from(row.record).toString()) as object] : [],
    );
    expect(records).toHaveLength(3);
    for (const record of records) expect(record).toMatchObject({ region: 'moon' });
  });
});

/** Puts a field that this version does not know into each record, as a newer one would: under its own seal. */
async function writeNewerFields(): Promise<void> {
  const newer = { region: 'moon' };
  await open.keyring.change(async (from) => {
    await from.begin();
    return {
      change: {
        updatePrincipal: { ...examplePrincipal(1), ...newer },
        updateAccessToken: { ...exampleToken(1), ...newer },
        updateGroup: { ...fullGroup, ...newer },
      },
      answer: undefined,
    };
  });
}
