import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyringChange } from '../../src/keyring/change.ts';
import type { Directory } from '../../src/keyring/directory.ts';
import { exampleKey } from '../keys/example-key.ts';
import { holdFirst } from '../fakes/hold-first.ts';
import { MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';
import { refused } from '../properties/two-keys.ts';
import { exampleGrant, examplePrincipal, exampleToken, grantId, principalId, tokenId } from './example-access.ts';
import { type OpenKeyring, commit, loaded, openKeyring, temporaryFolder } from './open-keyring.ts';

/** Reads and changes that meet in the order that hurts, and changes of which nobody knows whether they happened. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let faults: StoreFaults;
let open: OpenKeyring;
let directory: Directory;

beforeEach(async () => {
  folder = await temporaryFolder();
  const contents = new MemoryContents();
  const first = await openKeyring(openMemoryStore({ contents }), folder.path);
  for (const made of before) await commit(first.keyring, made);
  first.close();
  // Nothing in memory: the first look loads.
  faults = {};
  open = await openKeyring(openMemoryStore({ contents, faults }), folder.path);
  directory = open.keyring.directory;
});
afterEach(async () => {
  open.close();
  await folder.remove();
});

const { keyId } = exampleKey();
const before: readonly KeyringChange[] = [
  { insertGroup: { name: 'staff', createdAt: 1 } },
  { insertPrincipal: examplePrincipal(1, { groups: ['staff'] }) },
  { insertAccessToken: exampleToken(1) },
  { insertGrant: exampleGrant(1) },
];

const token = (number: number) => loaded(() => directory.accessToken(tokenId(number)));
const principal = () => loaded(() => directory.principal(principalId(1)));
const grantIds = async () => (await loaded(() => directory.grantsFor(keyId, principalId(1)))).map((grant) => grant.grantId);
const revoked = { updateAccessToken: exampleToken(1, { revokedAt: 5 }) };
const disabled = { updatePrincipal: examplePrincipal(1, { groups: ['staff'], disabled: true }) };
const richer = { updateGroup: { name: 'staff', createdAt: 1, readyPolicies: ['auditor'] as const } };

interface Race {
  readonly what: string;
  /** The read that is held after it read, before its answer is there. */
  readonly read: string;
  readonly look: () => Promise<unknown>;
  readonly change: KeyringChange;
  readonly expected: unknown;
}

const races: readonly Race[] = [
  { what: 'a token that is revoked', read: 'readAccessToken', look: () => token(1), change: revoked, expected: { revokedAt: 5 } },
  {
    what: 'a token that is deleted',
    read: 'readAccessToken',
    look: async () => [await token(1)],
    change: { deleteAccessTokens: [tokenId(1)] },
    expected: [undefined],
  },
  {
    what: 'a token that is made',
    read: 'readAccessToken',
    look: () => token(2),
    change: { insertAccessToken: exampleToken(2) },
    expected: { tokenId: tokenId(2) },
  },
  {
    what: 'a principal that is disabled',
    read: 'readPrincipal',
    look: principal,
    change: disabled,
    expected: { principal: { disabled: true } },
  },
  {
    what: 'a principal whose group changes',
    read: 'readGroup',
    look: principal,
    change: richer,
    expected: { groups: [{ readyPolicies: ['auditor'] }] },
  },
  {
    what: 'a principal that leaves its group between the reads of both',
    read: 'readPrincipal',
    look: principal,
    change: { updatePrincipal: examplePrincipal(1), deleteGroup: 'staff' },
    expected: { groups: [] },
  },
  {
    what: 'a principal by its path that is registered',
    read: 'readPrincipalByPath',
    look: () => loaded(() => directory.principalByPath('user/token/2')),
    change: { insertPrincipal: examplePrincipal(2) },
    expected: { principal: { principalId: principalId(2) } },
  },
  {
    what: 'grants of which one is revoked',
    read: 'listGrants',
    look: grantIds,
    change: { deleteGrants: [exampleGrant(1)] },
    expected: [],
  },
  {
    what: 'grants of which one is made',
    read: 'listGrants',
    look: grantIds,
    change: { insertGrant: exampleGrant(2) },
    expected: [grantId(1), grantId(2)],
  },
];

describe.each(races)('the load of $what', ({ read, look, change, expected }) => {
  it('that began before the change finds the state after it', async () => {
    const held = holdFirst(faults, 'after', read);
    const found = look();
    await held.reached;
    await commit(open.keyring, change);
    held.release();
    expect(await found).toMatchObject(expected as object);
    expect(await look()).toMatchObject(expected as object);
  });

  it('that began before a change whose answer is lost finds the state after it', async () => {
    const held = holdFirst(faults, 'after', read);
    const found = look();
    await held.reached;
    await loseAnswer(change);
    held.release();
    expect(await found).toMatchObject(expected as object);
  });
});

describe('a change whose answer is lost', () => {
  it.each(races)('takes everything out of memory: $what', async ({ look, change, expected }) => {
    await look();
    const { counter } = directory;
    await loseAnswer(change);
    expect(directory.counter).toBeGreaterThan(counter);
    expect(await look()).toMatchObject(expected as object);
  });

  it('that was not made leaves what there was', async () => {
    faults.before = failOn('commit');
    await refused(commit(open.keyring, revoked));
    faults.before = undefined;
    expect(await token(1)).toEqual(exampleToken(1));
  });
});

describe('an answer of the store that comes after that of a later change', () => {
  it('undoes neither of them, and moves the change counter', async () => {
    await principal();
    const held = holdFirst(faults, 'after', 'commit');
    const earlier = commit(open.keyring, richer);
    await held.reached;
    await commit(open.keyring, disabled);
    await principal();
    const { counter } = directory;
    held.release();
    await earlier;
    expect(directory.counter).toBeGreaterThan(counter);
    expect(await principal()).toMatchObject({ principal: { disabled: true }, groups: [{ readyPolicies: ['auditor'] }] });
  });
});

describe('a load that takes several reads', () => {
  it('begins anew when a change came in between', async () => {
    const held = holdFirst(faults, 'before', 'readGroup');
    const found = principal();
    await held.reached;
    await commit(open.keyring, { insertPrincipal: examplePrincipal(7) });
    held.release();
    expect(await found).toMatchObject({ groups: [{ name: 'staff' }] });
  });

  it('says KEY_UNAVAILABLE when the store cannot be read, and loads afterwards', async () => {
    for (const operation of ['readPrincipal', 'readGroup']) {
      faults.before = failOn(operation);
      expect((await refused(principal())).reason).toBe('KEY_UNAVAILABLE');
    }
    faults.before = undefined;
    expect(await principal()).toBeDefined();
  });

  it('gives up on a store that never answers twice from one state', async () => {
    faults.before = async (operation) => {
      if (operation !== 'readGroup') return;
      faults.before = undefined;
      await commit(open.keyring, revoked);
      faults.before = again;
    };
    const again = faults.before;
    expect((await refused(principal())).reason).toBe('KEY_UNAVAILABLE');
  });
});

/** The change is made, and its caller is told that the store cannot be reached. */
async function loseAnswer(change: KeyringChange): Promise<void> {
  const others = faults.after;
  faults.after = failOn('commit');
  expect((await refused(commit(open.keyring, change))).reason).toBe('KEY_UNAVAILABLE');
  faults.after = others;
}

function failOn(failing: string): NonNullable<StoreFaults['before']> {
  return (operation) => {
    if (operation === failing) throw new Error('The disk is gone.');
  };
}
