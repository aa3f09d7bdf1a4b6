import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Directory } from '../../src/keyring/directory.ts';
import type { KeyringChange } from '../../src/keyring/change.ts';
import { Missing } from '../../src/keyring/missing.ts';
import { parseAliasName } from '../../src/keys/alias.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import type { Store } from '../../src/storage/store.ts';
import { exampleKey } from '../keys/example-key.ts';
import { MemoryContents, openMemoryStore } from '../fakes/memory-store.ts';
import { refused } from '../properties/two-keys.ts';
import {
  exampleGrant,
  examplePrincipal,
  exampleToken,
  fullGrant,
  fullPrincipal,
  fullToken,
  grantId,
  principalId,
  tokenId,
} from './example-access.ts';
import { type OpenKeyring, commit, loaded, openKeyring, temporaryFolder } from './open-keyring.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let contents: MemoryContents;
let open: OpenKeyring;
let directory: Directory;
/** Names of the store's operations, in order. */
let operations: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  contents = new MemoryContents();
  operations = [];
  open = await openKeyring(recordingStore(), folder.path);
  directory = open.keyring.directory;
});
afterEach(async () => {
  expect(open.refusedRows).toEqual([]);
  open.close();
  await folder.remove();
});

describe('a principal', () => {
  it('is found by id, by path and by subject, as one snapshot, with its ARN and its groups', async () => {
    const staff = { name: 'staff', createdAt: 1, readyPolicies: ['auditor'] as const };
    const proto = { name: '__proto__', createdAt: 2 };
    await change({ insertGroup: staff });
    await change({ insertGroup: proto });
    await change({ insertPrincipal: fullPrincipal });

    const byId = await loaded(() => directory.principal(fullPrincipal.principalId));
    expect(byId).toEqual({ principal: fullPrincipal, arn: 'arn:aws:iam::000000000000:user/cert/1', groups: [staff, proto] });
    expect(directory.principalByPath(fullPrincipal.path)).toBe(byId);
    expect(directory.principalBySubject(fullPrincipal.subject!)).toBe(byId);
    await restart();
    const bySubject = await loaded(() => directory.principalBySubject(fullPrincipal.subject!));
    expect(bySubject).toEqual(byId);
    expect(directory.principal(fullPrincipal.principalId)).toBe(bySubject);
    await restart();
    expect(await loaded(() => directory.principalByPath(fullPrincipal.path))).toEqual(byId);
  });

  it('that is not there is looked for once, under each name, until it is made', async () => {
    const looks = [
      () => directory.principal(principalId(1)),
      () => directory.principalByPath('user/cert/1'),
      () => directory.principalBySubject('dns:1'),
    ];
    for (const look of looks) expect(await loaded(look)).toBeUndefined();
    operations.length = 0;
    for (const look of looks) expect(look()).toBeUndefined();
    expect(operations).toEqual([]);

    await change({ insertPrincipal: examplePrincipal(1, { path: 'user/cert/1', subject: 'dns:1' }) });
    for (const look of looks) expect((await loaded(look))?.principal.principalId).toBe(principalId(1));
  });

  it('keeps its snapshot until it changes, whatever else does', async () => {
    await change({ insertPrincipal: examplePrincipal(1) });
    const snapshot = await loaded(() => directory.principal(principalId(1)));
    await change({ insertPrincipal: examplePrincipal(2) });
    await change({ insertAccessToken: exampleToken(1) });
    await change({ insertGrant: exampleGrant(1) });
    await change({ insertGroup: { name: 'staff', createdAt: 1 } });
    expect(directory.principal(principalId(1))).toBe(snapshot);

    await change({ updatePrincipal: examplePrincipal(1, { disabled: true }) });
    expect(await loaded(() => directory.principal(principalId(1)))).toMatchObject({ principal: { disabled: true } });
  });

  it('that is loaded twice, because two asked at once, is one snapshot', async () => {
    await change({ insertPrincipal: examplePrincipal(1) });
    const look = () => directory.principal(principalId(1));
    const [first, second] = [look(), look()];
    if (!(first instanceof Missing && second instanceof Missing)) throw new Error('The principal is in memory already.');
    await first.load();
    const snapshot = look();
    await second.load();
    expect(look()).toBe(snapshot);
  });

  it('whose subject has become another is found by the new one only', async () => {
    await change({ insertPrincipal: examplePrincipal(1, { subject: 'dns:old' }) });
    expect(await loaded(() => directory.principalBySubject('dns:new'))).toBeUndefined();
    await loaded(() => directory.principalBySubject('dns:old'));
    await change({ updatePrincipal: examplePrincipal(1, { subject: 'dns:new' }) });

    const found = await loaded(() => directory.principalBySubject('dns:new'));
    expect(found?.principal.subject).toBe('dns:new');
    expect(await loaded(() => directory.principalBySubject('dns:old'))).toBeUndefined();
  });

  it('that belongs to a group which the store has lost cannot call', async () => {
    await change({ insertGroup: { name: 'staff', createdAt: 1 } });
    await change({ insertPrincipal: examplePrincipal(1, { groups: ['staff'] }) });
    await change({ deleteGroup: 'staff' });
    const failure = await refused(loaded(() => directory.principal(principalId(1))));
    expect(failure).toMatchObject({ reason: 'KEY_UNAVAILABLE', message: expect.stringContaining('lost group staff') as string });
  });
});

describe('a group', () => {
  it('is one object for all of its principals, and its change replaces their snapshots and no others', async () => {
    await change({ insertGroup: { name: 'staff', createdAt: 1 } });
    for (const number of [1, 2]) await change({ insertPrincipal: examplePrincipal(number, { groups: ['staff'] }) });
    await change({ insertPrincipal: examplePrincipal(3) });
    const groupOf = async (number: number) => (await loaded(() => directory.principal(principalId(number))))?.groups[0];
    const group = await groupOf(1);
    expect(await groupOf(2)).toBe(group);
    expect(directory.group('staff')).toBe(group);
    const other = await loaded(() => directory.principal(principalId(3)));

    await change({ updateGroup: { name: 'staff', createdAt: 1, readyPolicies: ['key-user'] } });
    expect(directory.principal(principalId(1))).toBeInstanceOf(Missing);
    expect((await groupOf(2))?.readyPolicies).toEqual(['key-user']);
    expect(directory.principal(principalId(3))).toBe(other);
  });

  it('is found, is gone, and is found again', async () => {
    expect(await loaded(() => directory.group('staff'))).toBeUndefined();
    await change({ insertGroup: { name: 'staff', createdAt: 1 } });
    expect(await loaded(() => directory.group('staff'))).toEqual({ name: 'staff', createdAt: 1 });
    await change({ deleteGroup: 'staff' });
    expect(await loaded(() => directory.group('staff'))).toBeUndefined();
  });
});

describe('an access token', () => {
  it('is found as it is, revoked and gone', async () => {
    await change({ insertAccessToken: exampleToken(1) });
    expect(await loaded(() => directory.accessToken(tokenId(1)))).toEqual(exampleToken(1));
    await change({ updateAccessToken: fullToken });
    expect(await loaded(() => directory.accessToken(tokenId(1)))).toEqual(fullToken);
    await change({ deleteAccessTokens: [tokenId(1)] });
    expect(await loaded(() => directory.accessToken(tokenId(1)))).toBeUndefined();
  });

  it(
    'that does not exist costs one read, also when a hundred thousand are presented over and over',
    { timeout: 60_000 },
    async () => {
      operations.length = 0;
      const ids = Array.from({ length: 100_000 }, (_, number) => tokenId(number));
      for (const id of ids) expect(await loaded(() => directory.accessToken(id))).toBeUndefined();
      expect(operations).toHaveLength(ids.length);
      for (const id of ids) expect(directory.accessToken(id)).toBeUndefined();
      expect(operations).toHaveLength(ids.length);

      await change({ insertAccessToken: exampleToken(77_777) });
      expect(await loaded(() => directory.accessToken(tokenId(77_777)))).toBeDefined();
    },
  );
});

describe('grants', () => {
  const { keyId } = exampleKey();
  const otherKeyId = parseKeyId('ffffffff-4455-6677-8899-aabbccddeeff')!;
  const idsFor = async (number: number, of = keyId) =>
    (await loaded(() => directory.grantsFor(of, principalId(number)))).map((grant) => grant.grantId);

  it('are found by id, and by key and grantee', async () => {
    expect(await idsFor(1)).toEqual([]);
    expect(await loaded(() => directory.grant(grantId(1)))).toBeUndefined();
    await change({ insertGrant: fullGrant });
    await change({ insertGrant: exampleGrant(2, { granteeId: principalId(5) }) });
    await change({ insertGrant: exampleGrant(3, { keyId: otherKeyId }) });

    expect(await loaded(() => directory.grant(grantId(1)))).toEqual(fullGrant);
    expect(await loaded(() => directory.grantsFor(keyId, principalId(1)))).toEqual([fullGrant]);
    expect(await idsFor(5)).toEqual([grantId(2)]);
    expect(await idsFor(1, otherKeyId)).toEqual([grantId(3)]);
  });

  it('that are deleted are gone, those of others stay in memory', async () => {
    for (const number of [1, 2, 3]) await change({ insertGrant: exampleGrant(number) });
    await change({ insertGrant: exampleGrant(4, { granteeId: principalId(5) }) });
    for (const number of [1, 2, 3]) await loaded(() => directory.grant(grantId(number)));
    await idsFor(1);
    const ofOther = await loaded(() => directory.grantsFor(keyId, principalId(5)));

    await change({ deleteGrants: [exampleGrant(1), exampleGrant(3)] });
    expect(directory.grantsFor(keyId, principalId(5))).toBe(ofOther);
    expect(await idsFor(1)).toEqual([grantId(2)]);
    expect(await loaded(() => directory.grant(grantId(1)))).toBeUndefined();
    expect(await loaded(() => directory.grant(grantId(2)))).toBeDefined();
  });

  it('go with their key', async () => {
    await change({ insertKey: exampleKey() });
    await change({ insertGrant: exampleGrant(1) });
    await change({ insertGrant: exampleGrant(2, { keyId: otherKeyId }) });
    expect(await idsFor(1)).toEqual([grantId(1)]);
    await loaded(() => directory.grant(grantId(1)));
    const ofOther = await loaded(() => directory.grantsFor(otherKeyId, principalId(1)));

    await change({ destroyKey: { keyId, createdAt: 1, deletionRequestedAt: 2, destroyedAt: 3, materialCount: 0 } });
    expect(await idsFor(1)).toEqual([]);
    expect(await loaded(() => directory.grant(grantId(1)))).toBeUndefined();
    expect(directory.grantsFor(otherKeyId, principalId(1))).toBe(ofOther);
  });

  it('are all found, however many pages they are', async () => {
    const numbers = Array.from({ length: 1001 }, (_, index) => index + 1);
    for (const number of numbers) await change({ insertGrant: exampleGrant(number) });
    expect((await idsFor(1)).toSorted()).toEqual(numbers.map(grantId));
  });
});

describe('aliases of a key', () => {
  const { keyId } = exampleKey();
  const otherKeyId = parseKeyId('ffffffff-4455-6677-8899-aabbccddeeff')!;
  const alias = (name: string, of = keyId) => ({ aliasName: parseAliasName(name)!, keyId: of, createdAt: 1, updatedAt: 1 });
  const names = (of = keyId) => loaded(() => directory.aliasesOf(of));

  it('are those that point at it now', async () => {
    await change({ insertKey: exampleKey() });
    expect(await names()).toEqual([]);
    await change({ insertAlias: alias('alias/b') });
    await change({ insertAlias: alias('alias/a') });
    expect(await names()).toEqual(['alias/a', 'alias/b']);
    expect(await names(otherKeyId)).toEqual([]);

    await change({ updateAlias: alias('alias/a', otherKeyId) });
    expect([await names(), await names(otherKeyId)]).toEqual([['alias/b'], ['alias/a']]);
    await change({ deleteAlias: parseAliasName('alias/a')! });
    expect([await names(), await names(otherKeyId)]).toEqual([['alias/b'], []]);
    await change({ destroyKey: { keyId, createdAt: 1, deletionRequestedAt: 2, destroyedAt: 3, materialCount: 0 } });
    expect(await names()).toEqual([]);
  });
});

describe('the change counter', () => {
  it('stands still while nothing changes, and moves with every change, of keys too', async () => {
    await change({ insertPrincipal: examplePrincipal(1) });
    await loaded(() => directory.principal(principalId(1)));
    const { counter } = directory;
    await loaded(() => directory.principal(principalId(2)));
    await loaded(() => directory.grantsFor(exampleKey().keyId, principalId(1)));
    expect(directory.counter).toBe(counter);

    const seen = [counter];
    for (const next of [
      { insertKey: exampleKey() },
      { updateKey: exampleKey({ policy: '{}' }) },
      { insertGrant: exampleGrant(1) },
    ]) {
      await change(next);
      seen.push(directory.counter);
    }
    expect(new Set(seen).size).toBe(4);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
  });
});

function change(made: KeyringChange): Promise<void> {
  return commit(open.keyring, made);
}

/** The same store, and nothing in memory. */
async function restart(): Promise<void> {
  open.close();
  open = await openKeyring(recordingStore(), folder.path);
  directory = open.keyring.directory;
}

function recordingStore(): Store {
  return openMemoryStore({ contents, faults: { before: (operation) => void operations.push(operation) } });
}
