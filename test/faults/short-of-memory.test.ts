import { beforeEach, describe, expect, it } from 'vitest';
import { lookAtKeys } from '../../src/control-plane/jobs/look-at-keys.ts';
import { KmsError } from '../../src/errors.ts';
import { Missing } from '../../src/keyring/missing.ts';
import { identityPolicy, useKeyService } from '../grpc/use-key-service.ts';
import { refusal } from '../keys/example-key.ts';

/**
 * What others push out of memory as often as it is loaded is unavailable without an outage of the store. It passes, so it is not taken
 * for a record that is not authentic, around which lists go on and an alias may be deleted.
 */
const service = useKeyService();
const isUnavailable = refusal('KEY_UNAVAILABLE');
const neverThere = () => new Missing(async () => undefined);

beforeEach(async () => {
  await service.as('alice').createAlias({ alias_name: 'alias/orders', target_key_id: service.keyId });
  await service.grant();
});

describe('while no key stays in memory', () => {
  beforeEach(() => {
    service.plane.keyring.key = neverThere;
  });

  it('an alias is not deleted without asking about its key', async () => {
    await service.change('dave', { inlinePolicies: [identityPolicy(['kms:DeleteAlias'])] });
    await expect(service.as('dave').deleteAlias({ alias_name: 'alias/orders' })).rejects.toThrow(isUnavailable);
  });

  it('no alias is listed without asking about its key', async () => {
    await expect(service.as('alice').listAliases({})).rejects.toThrow(isUnavailable);
  });
});

it('a list of keys leaves none out because its aliases do not stay in memory', async () => {
  const condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/off-limits' } };
  const deny = { Effect: 'Deny', Principal: '*', Action: 'kms:DescribeKey', Resource: '*', Condition: condition };
  const trust = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
  await service.putPolicy([trust, deny]);
  service.plane.keyring.directory.aliasesOf = neverThere;
  await expect(service.as('alice').listKeys({})).rejects.toThrow(isUnavailable);
});

it('a list of grants leaves no issuer out because principals do not stay in memory', async () => {
  service.plane.keyring.directory.principal = neverThere;
  await expect(service.as('alice').listGrants({ key_id: service.keyId })).rejects.toThrow(isUnavailable);
});

it('a look at all keys, such as the first of an instance, is made again after it failed for one', async () => {
  const { plane, keyId } = service;
  const change = plane.keyring.change.bind(plane.keyring);
  const failed: string[] = [];
  const look = async () => {
    let changes = 0;
    // The first one keeps the time.
    plane.keyring.change = (decide) =>
      ++changes === 2 ? Promise.reject(new KmsError('KEY_UNAVAILABLE', 'Again.')) : change(decide);
    await lookAtKeys(plane, { done: () => undefined, failed: (id) => failed.push(id) });
  };
  await look();
  await look();
  expect(failed).toEqual([keyId, keyId]);
});
