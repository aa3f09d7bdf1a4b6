import { beforeEach, describe, expect, it } from 'vitest';
import { isReadyPolicyName, readyPolicyNames } from '../../src/access/ready-policy-name.ts';
import { allow, usingAccessWorld } from './using-access-world.ts';

const { call, callAs, principal } = usingAccessWorld();

/** The same calls, of a principal and of a group. */
const holders = {
  principal: {
    put: (policy_name: string, policy: string) =>
      call('PutPrincipalPolicy', { principal: 'user/token/alice', policy_name, policy }),
    get: (policy_name: string) => call('GetPrincipalPolicy', { principal: 'user/token/alice', policy_name }),
    remove: (policy_name: string) => call('DeletePrincipalPolicy', { principal: 'user/token/alice', policy_name }),
    attach: (policy_name: string) => call('AttachPrincipalPolicy', { principal: 'user/token/alice', policy_name }),
    detach: (policy_name: string) => call('DetachPrincipalPolicy', { principal: 'user/token/alice', policy_name }),
    names: async () => (await call('DescribePrincipal', { principal: 'user/token/alice' })).principal,
  },
  group: {
    put: (policy_name: string, policy: string) => call('PutGroupPolicy', { group_name: 'staff', policy_name, policy }),
    get: (policy_name: string) => call('GetGroupPolicy', { group_name: 'staff', policy_name }),
    remove: (policy_name: string) => call('DeleteGroupPolicy', { group_name: 'staff', policy_name }),
    attach: (policy_name: string) => call('AttachGroupPolicy', { group_name: 'staff', policy_name }),
    detach: (policy_name: string) => call('DetachGroupPolicy', { group_name: 'staff', policy_name }),
    names: async () => (await call('DescribeGroup', { group_name: 'staff' })).group,
  },
};
const document = (action: string) => JSON.stringify({ Version: '2012-10-17', Statement: allow(action) }, undefined, 1);

describe.each(['principal', 'group'] as const)('identity policies of a %s', (kind) => {
  const holder = holders[kind];
  beforeEach(async () => {
    await call('CreateGroup', { group_name: 'staff' });
    await call('CreatePrincipal', { name: 'alice', group_names: ['staff'] });
  });

  it('are kept as they were put, and replaced by name', async () => {
    await holder.put('b', document('kms:Encrypt'));
    await holder.put('a', document('kms:Encrypt'));
    await holder.put('b', document('latchkey:ListGroups'));
    expect(await holder.get('b')).toEqual({ policy: document('latchkey:ListGroups') });
    expect(await holder.names()).toMatchObject({ policy_names: ['a', 'b'] });
    expect((await callAs('user/token/alice', 'ListGroups', {})).groups).toHaveLength(1);
    await holder.remove('b');
    await expect(callAs('user/token/alice', 'ListGroups', {})).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
    for (const missing of [holder.get('b'), holder.remove('b')])
      await expect(missing).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
  });

  it('are refused with the place of what is wrong, and change nothing', async () => {
    await expect(
      holder.put('a', '{"Statement":[{"Effect":"Allow","Action":"kms:Everything","Resource":"*"}]}'),
    ).rejects.toMatchObject({
      reason: 'MALFORMED_POLICY',
      fieldViolations: [{ field: 'policy.Statement[0].Action' }],
    });
    await expect(holder.put('a', `${document('kms:Encrypt')}${' '.repeat(8192)}`)).rejects.toThrow('8192 is the most');
    await expect(holder.get('a')).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
    await expect(holder.put('', document('kms:Encrypt'))).rejects.toThrow('policy_name: is required');
    await expect(holder.put('key-user', document('kms:Encrypt'))).rejects.toThrow(
      'policy_name: must not be that of a ready policy',
    );
  });

  it('say what in them may not do what their author thinks', async () => {
    const { warnings } = await holder.put('a', document('kms:Sign'));
    expect(warnings).toEqual([{ location: 'Statement.Action', message: expect.stringContaining('kms:Sign') as string }]);
  });

  it('are 10 at most', async () => {
    for (let index = 0; index < 10; index++) await holder.put(`p${index}`, document('kms:Encrypt'));
    await expect(holder.put('more', document('kms:Encrypt'))).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' });
    await holder.put('p0', document('kms:Decrypt'));
  });

  it('that are ready are attached and detached', async () => {
    await holder.attach('key-user');
    await holder.attach('auditor');
    await holder.attach('auditor');
    expect(await holder.names()).toMatchObject({ ready_policy_names: ['key-user', 'auditor'] });
    expect((await callAs('user/token/alice', 'ListGroups', {})).groups).toHaveLength(1);
    await holder.detach('auditor');
    await expect(callAs('user/token/alice', 'ListGroups', {})).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
    await expect(holder.detach('auditor')).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
    await expect(holder.attach('toString')).rejects.toThrow('policy_name: must be a ready policy');
  });
});

describe('ready policies', () => {
  it('are listed with their texts, which can be put as they are', async () => {
    const alice = await principal('alice');
    const { policies } = await call('ListReadyPolicies', {});
    expect(policies.map(({ policy_name }) => policy_name)).toEqual(readyPolicyNames.toSorted());
    for (const { policy_name, description, policy } of policies) {
      expect([isReadyPolicyName(policy_name), description !== '']).toEqual([true, true]);
      expect(await call('PutPrincipalPolicy', { principal: alice, policy_name: 'copy', policy })).toEqual({ warnings: [] });
    }
  });
});
