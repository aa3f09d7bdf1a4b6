import { describe, expect, it } from 'vitest';
import { arnOf } from './access-world.ts';
import { allow, usingAccessWorld } from './using-access-world.ts';

const { call, principal, callAs } = usingAccessWorld();

describe('groups', () => {
  it('are made, shown and listed in the order of their names', async () => {
    const made = await call('CreateGroup', { group_name: 'staff', ready_policy_names: ['key-user', 'auditor'] });
    expect(made.group).toMatchObject({
      group_name: 'staff',
      arn: arnOf('group/staff'),
      ready_policy_names: ['key-user', 'auditor'],
    });
    expect(await call('DescribeGroup', { group_name: 'staff' })).toEqual(made);
    await call('CreateGroup', { group_name: 'Admins' });
    const first = await call('ListGroups', { page_size: 1 });
    expect(first.groups.map(({ group_name }) => group_name)).toEqual(['Admins']);
    expect(await call('ListGroups', { page_token: first.next_page_token })).toEqual({ groups: [made.group], next_page_token: '' });
    await expect(call('CreateGroup', { group_name: 'staff' })).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' });
    await expect(call('DescribeGroup', { group_name: 'nobody' })).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
    await expect(call('CreateGroup', { group_name: 'a/b' })).rejects.toThrow('group_name: must be');
  });

  it('give their members what they allow, from the next call on, until they leave', async () => {
    const alice = await principal('alice');
    await call('CreateGroup', { group_name: 'staff' });
    const policy = JSON.stringify({ Statement: allow('latchkey:ListGroups') });
    await call('PutGroupPolicy', { group_name: 'staff', policy_name: 'lists', policy });
    const refused = { reason: 'ACCESS_DENIED' };
    await expect(callAs(alice, 'ListGroups', {})).rejects.toMatchObject(refused);
    await call('AddPrincipalToGroup', { principal: alice, group_name: 'staff' });
    await call('AddPrincipalToGroup', { principal: alice, group_name: 'staff' });
    expect((await callAs(alice, 'ListGroups', {})).groups).toHaveLength(1);
    await call('RemovePrincipalFromGroup', { principal: alice, group_name: 'staff' });
    await call('RemovePrincipalFromGroup', { principal: alice, group_name: 'staff' });
    await expect(callAs(alice, 'ListGroups', {})).rejects.toMatchObject(refused);
    await expect(call('AddPrincipalToGroup', { principal: alice, group_name: 'x' })).rejects.toMatchObject({
      reason: 'NO_SUCH_ENTITY',
    });
  });

  it('show who their members are', async () => {
    for (const group_name of ['staff', 'Staff', 'empty']) await call('CreateGroup', { group_name });
    for (const name of ['alice', 'bob', 'carol', 'dave']) await principal(name);
    const join = async (name: string, group_name: string) =>
      call('AddPrincipalToGroup', { principal: `user/token/${name}`, group_name });
    for (const name of ['alice', 'carol', 'dave']) await join(name, 'staff');
    for (const name of ['alice', 'bob']) await join(name, 'Staff');
    await call('DisablePrincipal', { principal: 'user/token/carol' });
    await call('DeletePrincipal', { principal: 'user/token/dave' });
    const names = async (group_name: string, page: object = {}) => {
      const { principals, next_page_token } = await call('ListPrincipals', { group_name, ...page });
      return { names: principals.map(({ path }) => path.slice('user/token/'.length)), next: next_page_token };
    };
    expect(await names('staff')).toEqual({ names: ['alice', 'carol'], next: '' });
    expect(await names('Staff')).toEqual({ names: ['alice', 'bob'], next: '' });
    for (const without of ['empty', 'nobody']) expect(await names(without)).toEqual({ names: [], next: '' });
    expect((await names('')).names).toEqual(['alice', 'bob', 'carol']);
    const first = await names('staff', { page_size: 2 });
    expect(first.names).toEqual(['alice']);
    expect(await names('staff', { page_token: first.next })).toEqual({ names: ['carol'], next: '' });
    await expect(names('Staff', { page_token: first.next })).rejects.toMatchObject({ reason: 'INVALID_PAGE_TOKEN' });
    const refused = { reason: 'ACCESS_DENIED' };
    await expect(callAs('user/token/alice', 'ListPrincipals', { group_name: 'staff' })).rejects.toMatchObject(refused);
  });

  it('are not deleted while they have members', async () => {
    const alice = await principal('alice');
    await call('CreateGroup', { group_name: 'staff' });
    await call('AddPrincipalToGroup', { principal: alice, group_name: 'staff' });
    await expect(call('DeleteGroup', { group_name: 'staff' })).rejects.toMatchObject({
      reason: 'INVALID_STATE',
      message: expect.stringMatching(
        /^Group staff has members.*ListPrincipals with group_name, RemovePrincipalFromGroup/,
      ) as string,
    });
    await call('DeletePrincipal', { principal: alice });
    await call('DeleteGroup', { group_name: 'staff' });
    await expect(call('DeleteGroup', { group_name: 'staff' })).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
  });

  it('are 20 at most for one principal', async () => {
    const names = Array.from({ length: 21 }, (_, index) => `g${index}`);
    for (const group_name of names) await call('CreateGroup', { group_name });
    await expect(call('CreatePrincipal', { name: 'alice', group_names: names })).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
    });
    await call('CreatePrincipal', { name: 'alice', group_names: names.slice(0, 20) });
    const more = { principal: 'user/token/alice', group_name: 'g20' };
    await expect(call('AddPrincipalToGroup', more)).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' });
    await call('RemovePrincipalFromGroup', { ...more, group_name: 'g0' });
    await call('AddPrincipalToGroup', more);
  });
});
