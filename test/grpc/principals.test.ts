import { describe, expect, it } from 'vitest';
import { createPrincipal } from '../../src/control-plane/access/create-principal.ts';
import { type Calls, administrator, arnOf } from './access-world.ts';
import { idOf, usingAccessWorld } from './using-access-world.ts';

const { call, callAs, principal, world } = usingAccessWorld();

describe('principals', () => {
  it('are made, shown and listed in the order of their paths', async () => {
    const tags = [{ tag_key: 'team', tag_value: 'payments' }];
    await call('CreateGroup', { group_name: 'staff' });
    const request = { name: 'alice', tags, ready_policy_names: ['key-user'], group_names: ['staff'] };
    const made = await call('CreatePrincipal', request);
    expect(made.principal).toMatchObject({
      arn: arnOf('user/token/alice'),
      path: 'user/token/alice',
      source: 'PRINCIPAL_SOURCE_ACCESS_TOKEN',
      subject: '',
      enabled: true,
      tags,
      group_names: ['staff'],
      ready_policy_names: ['key-user'],
      policy_names: [],
    });
    const id = made.principal?.principal_id ?? '';
    for (const name of ['user/token/alice', arnOf('user/token/alice'), id])
      expect(await call('DescribePrincipal', { principal: name })).toEqual(made);
    await principal('Bob');
    const first = await call('ListPrincipals', { page_size: 1 });
    expect(first.principals.map(({ path }) => path)).toEqual(['user/token/Bob']);
    const second = await call('ListPrincipals', { page_size: 1, page_token: first.next_page_token });
    expect(second).toEqual({ principals: [made.principal], next_page_token: '' });
  });

  it('say who they are, without any permission', async () => {
    const alice = await principal('alice');
    const { principal_id, ...rest } = await callAs(alice, 'GetCallerIdentity', {});
    expect(rest).toEqual({ arn: arnOf(alice), account: '000000000000' });
    expect((await world().who(alice)).principal.principalId).toBe(principal_id);
    expect(await callAs('root', 'GetCallerIdentity', {})).toMatchObject({ arn: arnOf('root') });
  });

  it('are made before they first come, under the name that rules or the administrator give', async () => {
    const of = async (request: object) => (await call('CreatePrincipal', request)).principal;
    const certificate = { source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: 'uri:spiffe://example.org/pay/ments' } as const;
    expect(await of(certificate)).toMatchObject({
      path: 'user/cert/pay%2Fments',
      subject: certificate.subject,
      source: certificate.source,
    });
    expect(await of({ ...certificate, subject: 'dns:DB.example.org', name: 'db' })).toMatchObject({
      path: 'user/cert/db',
      subject: 'dns:db.example.org',
    });
    const token = { source: 'PRINCIPAL_SOURCE_OIDC', subject: 'oidc:corp Jürgen K.' } as const;
    expect(await of(token)).toMatchObject({
      path: 'user/oidc/corp/J%C3%BCrgen%20K.',
      subject: token.subject,
      source: token.source,
    });
    await expect(of({ ...certificate, name: 'other' })).rejects.toThrow('is the principal user/cert/pay%2Fments');
  });

  it.each<[Calls['CreatePrincipal']['request'], string]>([
    [{}, 'name: is required'],
    [{ name: 'a/b' }, 'name: 1 to 64'],
    [{ name: 'a', subject: 'dns:a' }, 'subject: is for CERTIFICATE and OIDC'],
    [{ source: 'PRINCIPAL_SOURCE_LOCAL', name: 'a' }, 'source: must be one of'],
    [{ source: 'PRINCIPAL_SOURCE_CERTIFICATE', name: 'a' }, 'subject: is required'],
    [{ source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: 'dns:*.example.org' }, 'subject: must be'],
    [{ source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: 'ip:10.0.0.1' }, 'subject: must be'],
    [{ source: 'PRINCIPAL_SOURCE_OIDC', subject: 'oidc:elsewhere alice' }, 'that the server knows: corp'],
    [{ source: 'PRINCIPAL_SOURCE_OIDC', subject: 'oidc:corp' }, 'subject: must be'],
    [{ name: 'a', ready_policy_names: ['king'] }, 'ready_policy_names: must be a ready policy: administrator'],
    [{ name: 'a', ready_policy_names: ['auditor', 'auditor'] }, 'ready_policy_names: must have each name once'],
    [{ name: 'a', group_names: ['a b'] }, 'group_names: must be'],
    [{ name: 'cert' }, 'name: must not be cert'],
    [{ name: 'local' }, 'name: must not be local'],
    [{ name: 'oidc' }, 'name: must not be oidc'],
    [{ name: 'token' }, 'name: must not be token'],
  ])('refuses %j', async (request, message) => {
    await expect(call('CreatePrincipal', request)).rejects.toThrow(message);
  });

  it('keep a name that is refused now, and which other sources may give', async () => {
    const order = { path: 'user/token/cert', tags: [], readyPolicies: [], groups: [] };
    await createPrincipal(order, world().plane);
    expect((await call('DescribePrincipal', { principal: order.path })).principal).toMatchObject({ path: order.path });
    expect(await callAs(order.path, 'GetCallerIdentity', {})).toMatchObject({ arn: arnOf(order.path) });
    const certificate = { source: 'PRINCIPAL_SOURCE_CERTIFICATE', subject: 'dns:a.example.org', name: 'token' } as const;
    expect((await call('CreatePrincipal', certificate)).principal).toMatchObject({ path: 'user/cert/token' });
  });

  it('cannot belong to a group that there is not', async () => {
    await expect(call('CreatePrincipal', { name: 'a', group_names: ['nobody'] })).rejects.toMatchObject({
      reason: 'NO_SUCH_ENTITY',
    });
    await expect(call('DescribePrincipal', { principal: 'user/token/a' })).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
  });

  it('are disabled, enabled, tagged and untagged', async () => {
    const alice = await principal('alice');
    const shown = async () => (await call('DescribePrincipal', { principal: alice })).principal;
    await call('DisablePrincipal', { principal: alice });
    await call('DisablePrincipal', { principal: alice });
    expect(await shown()).toMatchObject({ enabled: false });
    await call('EnablePrincipal', { principal: alice });
    expect(await shown()).toMatchObject({ enabled: true });
    const tag = (tag_key: string, tag_value: string) => ({ tag_key, tag_value });
    await call('TagPrincipal', { principal: alice, tags: [tag('b', '1'), tag('a', '1')] });
    await call('TagPrincipal', { principal: alice, tags: [tag('b', '2')] });
    expect(await shown()).toMatchObject({ tags: [tag('a', '1'), tag('b', '2')] });
    await call('UntagPrincipal', { principal: alice, tag_keys: ['a', 'x'] });
    expect(await shown()).toMatchObject({ tags: [tag('b', '2')] });
  });

  it('leave nothing but ids and dates when they are deleted, and their names are never used again', async () => {
    const alice = await principal('alice', { Effect: 'Allow', Action: 'kms:*', Resource: '*' });
    const { principalId, createdAt } = (await world().who(alice)).principal;
    const token_id = idOf(await call('CreateAccessToken', { principal: alice }));
    await call('DeletePrincipal', { principal: alice });
    expect((await world().who(alice)).principal).toEqual({
      principalId,
      path: alice,
      createdAt,
      disabled: true,
      deletedAt: world().clock.now(),
    });
    expect(await call('ListPrincipals', {})).toEqual({ principals: [], next_page_token: '' });
    await expect(call('RevokeAccessToken', { token_id })).rejects.toMatchObject({ reason: 'NO_SUCH_ENTITY' });
    await expect(call('DescribePrincipal', { principal: alice })).rejects.toThrow('was deleted');
    await expect(call('EnablePrincipal', { principal: principalId })).rejects.toThrow('was deleted');
    await expect(call('CreatePrincipal', { name: 'alice' })).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' });
  });

  it('that are built in can be shown and not changed', async () => {
    for (const path of [administrator, 'root']) {
      expect((await call('DescribePrincipal', { principal: path })).principal).toMatchObject({
        path,
        source: 'PRINCIPAL_SOURCE_LOCAL',
      });
      const refused = { reason: 'UNSUPPORTED_OPERATION', message: expect.stringContaining('is built in') as string };
      await expect(call('DeletePrincipal', { principal: path })).rejects.toMatchObject(refused);
      await expect(call('DisablePrincipal', { principal: arnOf(path) })).rejects.toMatchObject(refused);
      await expect(call('CreateAccessToken', { principal: path })).rejects.toMatchObject(refused);
      await expect(call('DetachPrincipalPolicy', { principal: path, policy_name: 'administrator' })).rejects.toMatchObject(refused);
    }
  });

  it('are not named by what names something else', async () => {
    for (const name of ['', 'alice', 'user/token/', 'arn:aws:iam::000000000001:user/token/alice', arnOf('group/staff')])
      await expect(call('DescribePrincipal', { principal: name })).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
  });
});
