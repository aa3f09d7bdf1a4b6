import { beforeEach, describe, expect, it } from 'vitest';
import { actions } from '../../src/access/actions.ts';
import { loadProtocol } from '../../src/client/protocol.ts';
import { type Calls, arnOf } from './access-world.ts';
import { allow, idOf, usingAccessWorld } from './using-access-world.ts';

const { call, callAs, principal, world } = usingAccessWorld();

const ci = arnOf('user/token/ci-*');
const denied = { reason: 'ACCESS_DENIED' };

describe('who may give what', () => {
  beforeEach(async () => {
    await call('CreateGroup', { group_name: 'admins', ready_policy_names: ['administrator'] });
    await call('CreateGroup', { group_name: 'ci' });
  });

  it('kms:* on everything is no right over principals', async () => {
    const alice = await principal('alice', allow('kms:*'));
    for (const name of Object.keys(requests) as (keyof typeof requests)[])
      await expect(callAs(alice, name, requests[name]), name).rejects.toMatchObject(denied);
  });

  it('somebody without permission learns nothing of what there is', async () => {
    const stranger = await principal('stranger');
    await principal('alice');
    const { principalId } = (await world().who('user/token/alice')).principal;
    const refusals: unknown[] = [];
    for (const of of ['user/token/alice', 'user/token/nobody', principalId, '00000000-0000-4000-8000-000000000000', 'root'])
      refusals.push(await callAs(stranger, 'DescribePrincipal', { principal: of }).catch((error: unknown) => error));
    for (const group_name of ['admins', 'nobody'])
      refusals.push(await callAs(stranger, 'DescribeGroup', { group_name }).catch((error: unknown) => error));
    const tokenId = idOf(await call('CreateAccessToken', { principal: 'user/token/alice' }));
    for (const token_id of [tokenId, 'a'.repeat(16)])
      refusals.push(await callAs(stranger, 'RevokeAccessToken', { token_id }).catch((error: unknown) => error));
    expect(new Set(refusals.map((error) => String(error))).size).toBe(1);
    expect(refusals).toMatchObject(refusals.map(() => denied));
  });

  it('an id is as good as the ARN that it stands for', async () => {
    const alice = await principal('alice', allow('latchkey:DescribePrincipal', ci));
    const build = await principal('ci-build');
    const principalId = async (path: string) => (await world().who(path)).principal.principalId;
    expect((await callAs(alice, 'DescribePrincipal', { principal: await principalId(build) })).principal?.path).toBe(build);
    await expect(callAs(alice, 'DescribePrincipal', { principal: await principalId(alice) })).rejects.toMatchObject(denied);
    const unknown = '00000000-0000-4000-8000-000000000000';
    await expect(callAs(alice, 'DescribePrincipal', { principal: unknown })).rejects.toMatchObject(denied);
    await expect(call('DescribePrincipal', { principal: unknown })).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
  });

  it('who may make principals of one kind makes no administrators', async () => {
    const alice = await principal('alice', allow('latchkey:CreatePrincipal', ci));
    await callAs(alice, 'CreatePrincipal', { name: 'ci-1' });
    for (const more of [
      { name: 'other' },
      { name: 'ci-2', ready_policy_names: ['administrator'] },
      { name: 'ci-2', group_names: ['admins'] },
      { name: 'ci-2', tags: [{ tag_key: 'role', tag_value: 'admin' }] },
    ])
      await expect(callAs(alice, 'CreatePrincipal', more), JSON.stringify(more)).rejects.toMatchObject(denied);
  });

  it('who may make principals with groups needs a right over the groups too', async () => {
    const giving = ['latchkey:CreatePrincipal', 'latchkey:AddPrincipalToGroup', 'latchkey:AttachPrincipalPolicy'];
    const alice = await principal('alice', allow(giving, [ci, arnOf('group/ci')]));
    const made = await callAs(alice, 'CreatePrincipal', { name: 'ci-1', group_names: ['ci'], ready_policy_names: ['key-user'] });
    expect(made.principal).toMatchObject({ group_names: ['ci'], ready_policy_names: ['key-user'] });
    await expect(callAs(alice, 'CreatePrincipal', { name: 'ci-2', group_names: ['ci', 'admins'] })).rejects.toMatchObject(denied);
    const bob = await principal('bob', allow(giving, arnOf('group/ci')), allow('latchkey:CreatePrincipal', ci));
    await expect(callAs(bob, 'CreatePrincipal', { name: 'ci-2', group_names: ['ci'] })).rejects.toMatchObject(denied);
  });

  it('the tags of new principals are a condition', async () => {
    const Condition = { StringEquals: { 'aws:RequestTag/team': 'ci' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } };
    const alice = await principal('alice', allow(['latchkey:CreatePrincipal', 'latchkey:TagPrincipal'], ci, { Condition }));
    const tag = (tag_key: string, tag_value: string) => ({ tag_key, tag_value });
    await callAs(alice, 'CreatePrincipal', { name: 'ci-1', tags: [tag('team', 'ci')] });
    await callAs(alice, 'TagPrincipal', { principal: 'user/token/ci-1', tags: [tag('team', 'ci')] });
    for (const tags of [[], [tag('team', 'payments')], [tag('team', 'ci'), tag('role', 'admin')]]) {
      await expect(callAs(alice, 'CreatePrincipal', { name: 'ci-2', tags })).rejects.toMatchObject(denied);
      if (tags.length > 0)
        await expect(callAs(alice, 'TagPrincipal', { principal: 'user/token/ci-1', tags })).rejects.toMatchObject(denied);
    }
  });

  it('membership needs a right over the principal and over the group', async () => {
    await principal('ci-1');
    const members = ['latchkey:AddPrincipalToGroup', 'latchkey:RemovePrincipalFromGroup'];
    const both = await principal('both', allow(members, [ci, arnOf('group/ci')]));
    const group = await principal('group', allow(members, arnOf('group/ci')));
    const one = await principal('one', allow(members, ci));
    const join = { principal: 'user/token/ci-1', group_name: 'ci' };
    for (const who of [group, one]) {
      await expect(callAs(who, 'AddPrincipalToGroup', join)).rejects.toMatchObject(denied);
      await expect(callAs(who, 'RemovePrincipalFromGroup', join)).rejects.toMatchObject(denied);
    }
    await callAs(both, 'AddPrincipalToGroup', join);
    await expect(callAs(both, 'AddPrincipalToGroup', { ...join, group_name: 'admins' })).rejects.toMatchObject(denied);
    await expect(callAs(both, 'AddPrincipalToGroup', { ...join, principal: both })).rejects.toMatchObject(denied);
    await callAs(both, 'RemovePrincipalFromGroup', join);
  });

  it('who may make groups gives them no ready policies', async () => {
    const alice = await principal('alice', allow('latchkey:CreateGroup', arnOf('group/new')));
    const made = { group_name: 'new', ready_policy_names: ['administrator'] };
    await expect(callAs(alice, 'CreateGroup', made)).rejects.toMatchObject(denied);
    await callAs(alice, 'CreateGroup', { group_name: 'new' });
  });

  it('who may make tokens for some cannot call as others', async () => {
    const alice = await principal('alice', allow(['latchkey:CreateAccessToken', 'latchkey:RevokeAccessToken'], ci));
    await principal('ci-1');
    const made = await callAs(alice, 'CreateAccessToken', { principal: 'user/token/ci-1' });
    await callAs(alice, 'RevokeAccessToken', { token_id: idOf(made) });
    await expect(callAs(alice, 'CreateAccessToken', { principal: alice })).rejects.toMatchObject(denied);
    const own = await call('CreateAccessToken', { principal: alice });
    await expect(callAs(alice, 'RevokeAccessToken', { token_id: idOf(own) })).rejects.toMatchObject(denied);
  });

  it('a Deny on the ARN of administrators holds against an Allow on everybody', async () => {
    await principal('boss', allow('*'));
    const Deny = { Effect: 'Deny', Action: 'latchkey:*', Resource: arnOf('user/token/boss') };
    const alice = await principal('alice', allow('latchkey:*'), Deny);
    const { principalId } = (await world().who('user/token/boss')).principal;
    for (const boss of ['user/token/boss', arnOf('user/token/boss'), principalId]) {
      await expect(callAs(alice, 'CreateAccessToken', { principal: boss })).rejects.toMatchObject(denied);
      await expect(callAs(alice, 'DeletePrincipal', { principal: boss })).rejects.toMatchObject(denied);
    }
    await callAs(alice, 'DescribePrincipal', { principal: alice });
  });
});

describe('actions and calls', () => {
  it('each call but GetCallerIdentity has an action of its own, and each action a call', () => {
    const { access, server } = loadProtocol();
    const calls = [...Object.keys(access), ...Object.keys(server)].filter((name) => name !== 'GetCallerIdentity');
    const ofService = Object.keys(actions).filter((action) => action.startsWith('latchkey:'));
    expect(ofService.toSorted()).toEqual(calls.map((name) => `latchkey:${name}`).toSorted());
  });
});

const alice = { principal: 'user/token/alice' };
const staff = { group_name: 'ci' };
const policy = { policy_name: 'p', policy: JSON.stringify({ Statement: allow('*') }) };
const ready = { policy_name: 'administrator' };

/** A request of every call that needs a permission. */
const requests = {
  CreatePrincipal: { name: 'other' },
  DescribePrincipal: alice,
  ListPrincipals: {},
  EnablePrincipal: alice,
  DisablePrincipal: alice,
  DeletePrincipal: alice,
  TagPrincipal: { ...alice, tags: [{ tag_key: 'a', tag_value: 'b' }] },
  UntagPrincipal: { ...alice, tag_keys: ['a'] },
  CreateAccessToken: alice,
  ListAccessTokens: alice,
  RevokeAccessToken: { token_id: 'a'.repeat(16) },
  PutPrincipalPolicy: { ...alice, ...policy },
  GetPrincipalPolicy: { ...alice, policy_name: 'own' },
  DeletePrincipalPolicy: { ...alice, policy_name: 'own' },
  AttachPrincipalPolicy: { ...alice, ...ready },
  DetachPrincipalPolicy: { ...alice, ...ready },
  CreateGroup: { group_name: 'other' },
  DescribeGroup: staff,
  ListGroups: {},
  DeleteGroup: staff,
  AddPrincipalToGroup: { ...alice, ...staff },
  RemovePrincipalFromGroup: { ...alice, ...staff },
  PutGroupPolicy: { ...staff, ...policy },
  GetGroupPolicy: { ...staff, policy_name: 'p' },
  DeleteGroupPolicy: { ...staff, policy_name: 'p' },
  AttachGroupPolicy: { ...staff, ...ready },
  DetachGroupPolicy: { ...staff, ...ready },
  ListReadyPolicies: {},
  ExplainDecision: { ...alice, action: 'kms:CreateKey' },
} satisfies { [Name in Exclude<keyof Calls, 'GetCallerIdentity'>]: Calls[Name]['request'] };
