import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessLimits } from '../../../src/access/access-limits.ts';
import { registrar } from '../../../src/control-plane/access/register-newcomer.ts';
import type { GroupRow, Store } from '../../../src/storage/store.ts';
import { readDocument } from '../../docs/documents.ts';
import { openMemoryStore } from '../../fakes/memory-store.ts';
import { type AccessWorld, administrator, openAccessWorld } from '../../grpc/access-world.ts';
import { refusal } from '../../keys/example-key.ts';
import { temporaryFolder } from '../../keyring/open-keyring.ts';

describe('where there are all but one that there can be, one is made, and no other', () => {
  let world: AccessWorld;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    const folder = await temporaryFolder();
    remove = folder.remove;
    world = await openAccessWorld(folder.path, crowdedStore());
  });
  afterEach(async () => {
    world.close();
    await remove();
  });

  it('principals', async () => {
    await world.call(administrator, 'CreatePrincipal', { name: 'last' });
    await expect(world.call(administrator, 'CreatePrincipal', { name: 'further' })).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
    await world.call(administrator, 'DeletePrincipal', { principal: 'user/token/last' });
    await expect(world.call(administrator, 'CreatePrincipal', { name: 'further' })).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
  });

  it('principals that come for the first time', async () => {
    const newcomer = (name: string) => ({ subject: `dns:${name}`, path: `user/cert/${name}` });
    const register = registrar(world.plane);
    await register(newcomer('last'));
    await expect(register(newcomer('further'))).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
    await register(newcomer('last'));
  });

  it('groups', async () => {
    await world.call(administrator, 'CreateGroup', { group_name: 'last' });
    await expect(world.call(administrator, 'CreateGroup', { group_name: 'further' })).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
    await world.call(administrator, 'DeleteGroup', { group_name: 'last' });
    await world.call(administrator, 'CreateGroup', { group_name: 'further' });
  });
});

it('the API says how many there can be', () => {
  const { principals, groups, groupsOfPrincipal } = accessLimits;
  const api = readDocument('proto/latchkey/v1/access.proto');
  expect(api).toContain(`${spaced(principals)} principals, deleted ones counted; ${groupsOfPrincipal} groups`);
  expect(api).toContain(`${spaced(groups)} groups)`);
});

/** Has all but one of the principals that there can be, and of the groups, besides what is put into it. */
function crowdedStore(): Store {
  const store = openMemoryStore();
  const { countPrincipals, listGroups } = store;
  store.countPrincipals = async () => {
    const { counter, value } = await countPrincipals.call(store);
    return { counter, value: value + accessLimits.principals - 1 };
  };
  store.listGroups = async ({ after = '', limit }) => {
    const { counter, value: further } = await listGroups.call(store, { after: undefined, limit });
    const rows = [...nobodysGroups, ...further].filter(({ groupName }) => groupName > after);
    return { counter, value: rows.slice(0, limit) };
  };
  return store;
}

/** Their names come before those of others; what they say is not read when they are counted. */
const nobodysGroups = Array.from({ length: accessLimits.groups - 1 }, (_, index): GroupRow => {
  const nothing = Buffer.alloc(0);
  return { kind: 'group', groupName: String(index).padStart(8, '0'), record: nothing, mac: nothing, domainKeyId: nothing };
});

/** 100000 as `100 000`. */
function spaced(number: number): string {
  return String(number).replaceAll(/(?<=\d)(?=(\d{3})+$)/g, ' ');
}
