import { beforeEach, describe, expect, it } from 'vitest';
import { putKeyPolicy } from '../../src/control-plane/put-key-policy.ts';
import { createAlias } from '../../src/control-plane/create-alias.ts';
import { parseAliasName } from '../../src/keys/alias.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import { commit } from '../keyring/open-keyring.ts';
import { exampleGrant } from '../keyring/example-access.ts';
import { arnOf } from './access-world.ts';
import { allow, usingAccessWorld } from './using-access-world.ts';

const { call, callAs, principal, world } = usingAccessWorld();

let keyId: KeyId;
beforeEach(async () => {
  keyId = await world().newKey();
});

const put = async (...statements: readonly object[]) => {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await putKeyPolicy({ keyId, policy: { text } }, world().plane);
};

describe('ExplainDecision', () => {
  it('shows the statements of key policy and identity policies, and which of them decided', async () => {
    const alice = await principal('alice', allow('kms:Encrypt'), allow('kms:Decrypt', '*', { Sid: 'open' }));
    await call('CreateGroup', { group_name: 'staff', ready_policy_names: ['encrypt-only'] });
    await call('AddPrincipalToGroup', { principal: alice, group_name: 'staff' });
    const explained = await call('ExplainDecision', { principal: alice, action: 'kms:decrypt', key_id: keyId });
    expect(explained).toEqual({
      allowed: true,
      decided_by:
        'Allowed by statement 0 ("Enable identity policies") of key policy, which leaves it to identity policies, and ' +
        `statement 1 ("open") of identity policy own of ${arnOf(alice)}.`,
      statements: [
        {
          policy: 'key policy',
          index: 0,
          sid: 'Enable identity policies',
          effect: 'Allow',
          applies: true,
          reason: 'Names the account, not the principal: leaves it to identity policies.',
        },
        {
          policy: `identity policy own of ${arnOf(alice)}`,
          index: 0,
          sid: '',
          effect: 'Allow',
          applies: false,
          reason: 'Is not about this action.',
        },
        { policy: `identity policy own of ${arnOf(alice)}`, index: 1, sid: 'open', effect: 'Allow', applies: true, reason: '' },
        {
          policy: `ready policy encrypt-only of ${arnOf('group/staff')}`,
          index: 0,
          sid: 'encrypt-only',
          effect: 'Allow',
          applies: false,
          reason: 'Is not about this action.',
        },
      ],
      grant_ids: [],
      condition_keys_read: [],
      not_let_in: [],
    });
  });

  it('says that a principal is not let in, beside what policies say', async () => {
    const alice = await principal('alice', allow('kms:CreateKey'));
    const ask = () => call('ExplainDecision', { principal: alice, action: 'kms:CreateKey' });
    const { decided_by } = await ask();
    const lockedOut = (...not_let_in: readonly string[]) => ({ allowed: false, decided_by, not_let_in });
    world().denied.add(alice);
    expect(await ask()).toMatchObject(lockedOut('NOT_LET_IN_DENIED'));
    await call('DisablePrincipal', { principal: alice });
    expect(await ask()).toMatchObject(lockedOut('NOT_LET_IN_DISABLED', 'NOT_LET_IN_DENIED'));
    world().denied.clear();
    expect(await ask()).toMatchObject(lockedOut('NOT_LET_IN_DISABLED'));
    await call('EnablePrincipal', { principal: alice });
    expect(await ask()).toMatchObject({ allowed: true, decided_by, not_let_in: [] });
  });

  it('says of each statement what does not fit', async () => {
    const alice = await principal('alice');
    const bob = await principal('bob');
    const tenant = { Condition: { StringEquals: { 'kms:EncryptionContext:tenant': 'a' } } };
    await put(
      { Effect: 'Allow', Principal: { AWS: arnOf(bob) }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: arnOf(alice) }, Action: 'kms:Encrypt', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { AWS: arnOf(alice) },
        Action: 'kms:Decrypt',
        Resource: 'arn:aws:kms:us-east-1:000000000000:key/0',
      },
      { Effect: 'Allow', Principal: { AWS: arnOf(alice) }, Action: 'kms:Decrypt', Resource: '*', ...tenant },
      {
        Effect: 'Allow',
        Principal: { AWS: arnOf(alice) },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { 'ForAnyValue:StringLikeIfExists': { 'kms:ResourceAliases': 'alias/x*' } },
      },
    );
    const explain = async (context: Record<string, string>) => {
      const request = { principal: alice, action: 'kms:Decrypt', key_id: keyId, encryption_context: context };
      const { allowed, decided_by, statements, condition_keys_read } = await call('ExplainDecision', request);
      return { allowed, decided_by, reasons: statements.map(({ reason }) => reason), condition_keys_read };
    };
    const tenantIs = (value: string) => `StringEquals of kms:EncryptionContext:tenant does not hold: the call has ${value}.`;
    const others = ['Is not about this principal.', 'Is not about this action.', 'Is not about this resource.'];
    const aliases = 'ForAnyValue:StringLikeIfExists of kms:ResourceAliases does not hold: the call has none.';
    expect(await explain({ tenant: 'b' })).toEqual({
      allowed: false,
      decided_by: 'Denied: no statement and no grant allows it.',
      reasons: [...others, tenantIs('"b"'), aliases],
      condition_keys_read: ['kms:EncryptionContext:tenant', 'kms:ResourceAliases'],
    });
    expect((await explain({})).reasons).toEqual([...others, tenantIs('none'), aliases]);
    expect(await explain({ tenant: 'a' })).toEqual({
      allowed: true,
      decided_by: 'Allowed by statement 3 of key policy.',
      reasons: [...others, '', aliases],
      condition_keys_read: ['kms:EncryptionContext:tenant'],
    });
  });

  it('names the Deny that decided, and grants that would allow it', async () => {
    const alice = await principal('alice');
    const { principalId } = (await world().who(alice)).principal;
    const insertGrant = exampleGrant(1, { keyId, granteeId: principalId, operations: ['Decrypt'] });
    await commit(world().keyring, { insertGrant });
    const request = { principal: alice, action: 'kms:Decrypt', key_id: keyId };
    const { grantId } = insertGrant;
    expect(await call('ExplainDecision', request)).toMatchObject({
      allowed: true,
      decided_by: `Allowed by grant ${grantId}.`,
      grant_ids: [grantId],
    });
    await put({ Sid: 'Stop', Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' });
    expect(await call('ExplainDecision', request)).toMatchObject({
      allowed: false,
      decided_by: 'Denied by statement 0 ("Stop") of key policy.',
      grant_ids: [grantId],
    });
    expect(await call('ExplainDecision', { ...request, action: 'kms:Encrypt' })).toMatchObject({ allowed: false, grant_ids: [] });
  });

  it('takes values of condition keys, a time, and the alias by which the key is named', async () => {
    const Condition = {
      IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
      DateLessThan: { 'aws:CurrentTime': '2027-06-01T00:00:00Z' },
      StringEquals: { 'kms:RequestAlias': 'alias/pay', 'aws:ResourceTag/team': 'payments' },
    };
    const alice = await principal('alice', allow('kms:Decrypt', '*', { Condition }));
    const aliasName = parseAliasName('alias/pay');
    if (aliasName !== undefined) await createAlias({ aliasName, targetKeyId: keyId }, world().plane);
    const ask = async (more: object) =>
      (await call('ExplainDecision', { principal: alice, action: 'kms:Decrypt', key_id: 'alias/pay', ...more })).allowed;
    const ip = { 'aws:sourceip': '10.1.2.3' };
    expect(await ask({ condition_values: ip })).toBe(true);
    expect(await ask({})).toBe(false);
    expect(await ask({ condition_values: ip, key_id: keyId })).toBe(false);
    expect(await ask({ condition_values: { ...ip, 'aws:CurrentTime': '2027-06-01T00:00:00Z' } })).toBe(false);
  });

  it('explains what is about no key, and what new tags change', async () => {
    const Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] }, StringEquals: { 'aws:RequestTag/team': 'ci' } };
    const alice = await principal('alice', allow('latchkey:CreatePrincipal', arnOf('user/token/ci-*'), { Condition }));
    const ask = async (resource: string, condition_values: Record<string, string>) => {
      const request = { principal: alice, action: 'latchkey:CreatePrincipal', resource, condition_values };
      return (await call('ExplainDecision', request)).allowed;
    };
    const ci = arnOf('user/token/ci-1');
    expect(await ask(ci, { 'aws:RequestTag/team': 'ci' })).toBe(true);
    expect(await ask(ci, { 'aws:RequestTag/team': 'ci', 'aws:TagKeys': 'team,role' })).toBe(false);
    expect(await ask('', { 'aws:RequestTag/team': 'ci' })).toBe(false);
    expect(await call('ExplainDecision', { principal: 'root', action: 'latchkey:CreatePrincipal' })).toMatchObject({
      allowed: true,
    });
  });

  it('explains what CreateKey asks for besides, of a key that is not there yet', async () => {
    const Condition = { NumericLessThanEquals: { 'kms:RotationPeriodInDays': '365' } };
    const alice = await principal(
      'alice',
      allow('kms:EnableKeyRotation', 'arn:aws:kms:us-east-1:000000000000:key/*', { Condition }),
    );
    const ask = async (days: string) => {
      const condition_values = { 'kms:RotationPeriodInDays': days };
      return (await call('ExplainDecision', { principal: alice, action: 'kms:EnableKeyRotation', condition_values })).allowed;
    };
    expect(await ask('365')).toBe(true);
    expect(await ask('366')).toBe(false);
    expect(await call('ExplainDecision', { principal: alice, action: 'kms:TagResource' })).toMatchObject({ allowed: false });
  });

  it('is for who may explain the principal and the key', async () => {
    const alice = await principal('alice');
    const auditor = await principal('auditor');
    await call('AttachPrincipalPolicy', { principal: auditor, policy_name: 'auditor' });
    const half = await principal('half', allow('latchkey:ExplainDecision', arnOf(alice)));
    const request = { principal: alice, action: 'kms:Decrypt', key_id: keyId };
    await put({ Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' });
    expect(await callAs(auditor, 'ExplainDecision', request)).toMatchObject({ allowed: false });
    const nowhere = ['00000000-0000-4000-8000-000000000000', 'alias/nowhere'];
    for (const who of [alice, half])
      for (const key_id of [keyId, ...nowhere])
        await expect(callAs(who, 'ExplainDecision', { ...request, key_id })).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
    for (const key_id of nowhere)
      await expect(callAs(auditor, 'ExplainDecision', { ...request, key_id })).rejects.toThrow('There is no');
    expect(await callAs(half, 'ExplainDecision', { ...request, key_id: '', action: 'kms:CreateKey' })).toMatchObject({
      allowed: false,
    });
  });

  it.each([
    [{ action: 'kms:*' }, 'action: must be an action'],
    [{ action: 'kms:Sign' }, 'action: must be an action'],
    [{ action: 'KMS:decrpt' }, '"KMS:decrpt" is none. Did you mean kms:Decrypt?'],
    [{ action: 'kms:Decrypt' }, 'key_id: is required'],
    [{ action: 'kms:CreateKey', key_id: 'alias/a' }, 'key_id: must be empty'],
    [{ action: 'kms:TagResource', resource: '*' }, 'resource: must be empty'],
    [{ action: 'kms:Decrypt', key_id: 'alias/a', resource: '*' }, 'resource: must be empty'],
    [{ action: 'kms:CreateKey', resource: 'user/token/a' }, 'resource: must be an ARN'],
    [{ action: 'kms:DescribeKey', key_id: 'alias/a', encryption_context: { a: 'b' } }, 'encryption_context: must be empty'],
    [{ action: 'kms:CreateKey', condition_values: { 'aws:Source': 'x' } }, 'is no condition key'],
    [{ action: 'kms:CreateKey', condition_values: { 'aws:SorceIp': 'x' } }, 'Did you mean aws:SourceIp?'],
    [{ action: 'kms:CreateKey', condition_values: { 'aws:SourceIp': '1.2.3' } }, 'has "1.2.3" for aws:SourceIp'],
    [{ action: 'kms:CreateKey', condition_values: { 'aws:SecureTransport': 'yes' } }, 'must be true or false'],
    [{ action: 'kms:CreateKey', condition_values: { 'kms:RotationPeriodInDays': 'ten' } }, 'must be a decimal number'],
    [{ action: 'kms:CreateKey', condition_values: { 'aws:SourceVpc': 'x' } }, 'which no call of this service ever has'],
    [{ action: 'kms:CreateKey', condition_values: { 'aws:username': 'x' } }, 'aws:username, which comes from the principal'],
    [{ action: 'kms:CreateKey', condition_values: { 'kms:EncryptionContext:a': 'x' } }, 'comes from encryption_context'],
    [
      { action: 'kms:Decrypt', key_id: 'alias/a', condition_values: { 'kms:KeySpec': 'x' } },
      'kms:KeySpec, which comes from the key',
    ],
    [{ action: 'kms:CreateKey', condition_values: { 'aws:CurrentTime': 'noon' } }, 'aws:CurrentTime must be a date'],
  ])('refuses %j', async (request, message) => {
    const asked = call('ExplainDecision', { principal: 'root', ...request });
    await expect(asked).rejects.toMatchObject({ reason: 'INVALID_REQUEST', message: expect.stringContaining(message) as string });
  });
});
