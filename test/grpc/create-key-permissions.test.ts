import { describe, expect, it } from 'vitest';
import type { CreateKeyRequest } from '../../src/generated/latchkey/v1/CreateKeyRequest.ts';
import { refusal } from '../keys/example-key.ts';
import { scope } from './key-service-as.ts';
import { policyText, useKeyService } from './use-key-service.ts';

const service = useKeyService();
const newKeys = `arn:aws:kms:${scope.region}:${scope.account}:key/*`;

const tagged: CreateKeyRequest = { tags: [{ tag_key: 'team', tag_value: 'payments' }] };
const rotated: CreateKeyRequest = { enable_key_rotation: true, rotation_period_in_days: 2000 };
const ways = [
  { call: tagged, action: 'kms:TagResource' },
  { call: rotated, action: 'kms:EnableKeyRotation' },
  { call: { deletion_protection: true }, action: 'kms:SetDeletionProtection' },
] as const;

const bobMay = (...statements: readonly object[]) =>
  service.change('bob', { inlinePolicies: [{ name: 'own', document: policyText(statements) }] });
const create = (request: CreateKeyRequest) => service.as('bob').createKey(request);
const allowed = (Action: string | readonly string[], more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
const denied = (Action: string, more: object = {}) => ({ Effect: 'Deny', Action, Resource: '*', ...more });

describe.each(ways)('CreateKey with $call', ({ call, action }) => {
  it(`needs ${action} too`, async () => {
    await bobMay(allowed('kms:CreateKey'));
    await create({});
    await expect(create(call)).rejects.toThrow(refusal('ACCESS_DENIED'));
    await bobMay(allowed(['kms:CreateKey', action]));
    await expect(create(call)).resolves.toBeDefined();
  });

  it(`takes ${action} on all keys, and of no one key`, async () => {
    await bobMay(allowed('kms:CreateKey'), allowed(action, { Resource: `${newKeys.slice(0, -1)}${service.keyId}` }));
    await expect(create(call)).rejects.toThrow(refusal('ACCESS_DENIED'));
    await bobMay(allowed('kms:CreateKey'), allowed(action, { Resource: newKeys }));
    await expect(create(call)).resolves.toBeDefined();
  });

  it(`is no way around a Deny of ${action}`, async () => {
    for (const Resource of ['*', newKeys]) {
      await bobMay(allowed('kms:*'), denied(action, { Resource }));
      await expect(create(call)).rejects.toThrow(refusal('ACCESS_DENIED'));
    }
  });
});

describe('what CreateKey gives a key from the start', () => {
  const tooLong = { Condition: { NumericGreaterThan: { 'kms:RotationPeriodInDays': '365' } } };

  it.each(['kms:CreateKey', 'kms:EnableKeyRotation'])('is seen by %s: the period of rotation', async (action) => {
    await bobMay(allowed('kms:*'), denied(action, tooLong));
    await expect(create(rotated)).rejects.toThrow(refusal('ACCESS_DENIED'));
    await expect(create({ enable_key_rotation: true })).resolves.toBeDefined();
  });

  it('is seen by kms:TagResource: the tags', async () => {
    await bobMay(
      allowed('kms:*'),
      denied('kms:TagResource', { Condition: { StringEquals: { 'aws:RequestTag/team': 'payments' } } }),
    );
    await expect(create(tagged)).rejects.toThrow(refusal('ACCESS_DENIED'));
    await expect(create({ tags: [{ tag_key: 'team', tag_value: 'web' }] })).resolves.toBeDefined();
  });

  it('is what a key administrator may give', async () => {
    await service.change('bob', { readyPolicies: ['key-administrator'] });
    await expect(create({ ...tagged, ...rotated, deletion_protection: true })).resolves.toBeDefined();
  });
});

it('a Deny of the safety check on all keys holds for a key that is being made', async () => {
  await bobMay(allowed('kms:*'), denied('kms:BypassPolicyLockoutSafetyCheck', { Resource: newKeys }));
  const policy = policyText([allowed('kms:*', { Principal: { AWS: service.arn('carol') } })]);
  await expect(create({ policy, bypass_policy_lockout_safety_check: true })).rejects.toThrow(refusal('ACCESS_DENIED'));
});

it('a repeated client token shows the key as it is now to who may look at it, and to others which it is', async () => {
  await bobMay(allowed('kms:CreateKey'));
  const first = (await create({ description: 'secret', client_token: 'once' })).key_metadata!;
  expect(first).toMatchObject({ description: 'secret', enabled: true });
  await service.as('alice').disableKey({ key_id: first.key_id });
  await service.as('alice').updateKeyDescription({ key_id: first.key_id, description: 'changed' });

  const { key_id, arn, creation_date, key_spec, key_usage, origin } = first;
  const lasting = { key_id, arn, creation_date, key_spec, key_usage, origin };
  const again = (await create({ description: 'secret', client_token: 'once' })).key_metadata;
  const hidden = { description: '', enabled: false, key_state: 'KEY_STATE_UNSPECIFIED', rotation: null, key_state_date: null };
  expect(again).toMatchObject({ ...lasting, ...hidden, current_key_material_id: '' });

  await bobMay(allowed(['kms:CreateKey', 'kms:DescribeKey']));
  const seen = (await create({ description: 'secret', client_token: 'once' })).key_metadata;
  expect(seen).toMatchObject({ ...lasting, description: 'changed', key_state: 'KEY_STATE_DISABLED' });
});
