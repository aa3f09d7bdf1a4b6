import { beforeEach, describe, expect, it } from 'vitest';
import { uniqueKey } from '../fakes/memory-draft.ts';
import { allow, identityPolicy, policyText, useKeyService } from '../grpc/use-key-service.ts';
import { refusal } from '../keys/example-key.ts';
import { refused } from '../properties/two-keys.ts';

/**
 * An alias whose row is not as this service wrote it: what is named by it, and what policies decide by a key's aliases, fails, since
 * the alias may have been one that forbids. All else goes on, and the alias can be deleted.
 */
const service = useKeyService();
const forEverybody = { Principal: '*', Resource: '*' };
/** Nobody may describe the key while it has this alias, and nobody may describe it unless that can be told. */
const denyByAlias = {
  Effect: 'Deny',
  ...forEverybody,
  Action: ['kms:DescribeKey', 'kms:DeleteAlias'],
  Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/off-limits' } },
};
const trust = allow('alice', 'kms:*');

beforeEach(async () => {
  await service.as('alice').createAlias({ alias_name: 'alias/off-limits', target_key_id: service.keyId });
});

describe('a call by a corrupt alias', () => {
  it('says so to whom every key is open, and to nobody else; by its id the key is there', async () => {
    await service.putPolicy([trust, allow('bob', 'kms:DescribeKey')]);
    await corrupt('alias/off-limits');
    await expect(service.as('alice').describeKey({ key_id: 'alias/off-limits' })).rejects.toThrow(refusal('KEY_UNAVAILABLE'));
    await expect(service.as('bob').describeKey({ key_id: 'alias/off-limits' })).rejects.toThrow(refusal('ACCESS_DENIED'));
    expect(await described('bob')).toBe(service.keyId);
  });
});

describe('a policy that asks for the aliases of a key', () => {
  beforeEach(async () => {
    await service.putPolicy([trust, allow('bob', ['kms:DescribeKey', 'kms:ListGrants']), denyByAlias]);
  });

  it('denies by one that is whole', async () => {
    await expect(described('bob')).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('allows nothing when one is corrupt, and tells it to whom every key is open', async () => {
    await corrupt('alias/off-limits');
    await expect(described('bob')).rejects.toThrow(refusal('ACCESS_DENIED'));
    await expect(described('alice')).rejects.toThrow(refusal('KEY_UNAVAILABLE'));
    expect(service.refusedRows).toContain('alias alias/off-limits');
  });

  it('is asked only by the calls that it is about', async () => {
    await corrupt('alias/off-limits');
    expect((await service.as('bob').listGrants({ key_id: service.keyId })).grants).toEqual([]);
  });

  it('hides its key from lists, and no other', async () => {
    await corrupt('alias/off-limits');
    const other = await service.newKey();
    const listed = (await service.as('alice').listKeys({})).keys.map(({ key_id }) => key_id);
    expect(listed).toContain(other);
    expect(listed).not.toContain(service.keyId);
    await service.change('bob', { inlinePolicies: [identityPolicy(['kms:ListKeys'])] });
    expect((await service.as('bob').listKeys({})).keys).toEqual([]);
    expect((await service.as('alice').listAliases({})).aliases.map(({ alias_name }) => alias_name)).toEqual(['alias/off-limits']);
  });

  it('decides again once the alias is deleted', async () => {
    await corrupt('alias/off-limits');
    await service.as('alice').deleteAlias({ alias_name: 'alias/off-limits' });
    expect(await described('bob')).toBe(service.keyId);
    await service.as('alice').createAlias({ alias_name: 'alias/off-limits', target_key_id: service.keyId });
    await expect(described('bob')).rejects.toThrow(refusal('ACCESS_DENIED'));
  });
});

describe('another alias of the key', () => {
  beforeEach(async () => {
    await service.as('alice').createAlias({ alias_name: 'alias/whole', target_key_id: service.keyId });
    await service.putPolicy([trust, denyByAlias]);
    await corrupt('alias/off-limits');
  });

  it('is in no list while it cannot be decided who may see it', async () => {
    await service.change('dave', { inlinePolicies: [identityPolicy(['kms:ListAliases', 'kms:DescribeKey'])] });
    const { aliases } = await service.as('dave').listAliases({});
    expect(aliases).toEqual([expect.objectContaining({ alias_name: 'alias/off-limits', target_key_id: '' })]);
  });

  it.each([
    ['every key', '*', 'KEY_UNAVAILABLE'],
    ['the alias alone', 'arn:aws:kms:us-east-1:000000000000:alias/*', 'ACCESS_DENIED'],
  ] as const)('is deleted by nobody when that cannot be decided: with permission for %s', async (_, resource, reason) => {
    await service.change('dave', { inlinePolicies: [identityPolicy(['kms:DeleteAlias'], resource)] });
    await expect(service.as('dave').deleteAlias({ alias_name: 'alias/whole' })).rejects.toThrow(refusal(reason));
  });
});

it('an explanation says what cannot be read, to whoever may ask for one', async () => {
  await service.change('bob', {
    inlinePolicies: [{ name: 'own', document: policyText([{ ...denyByAlias, Principal: undefined }]) }],
  });
  await corrupt('alias/off-limits');
  const bob = await service.permission('bob');
  const { key, arn } = await (
    await service.permission('alice')
  ).keyOnceLoaded('kms:ListGrants', { kind: 'key', keyId: service.keyId });
  await expect(bob.explain('kms:DescribeKey', { key, arn }, {})).rejects.toThrow(refusal('KEY_UNAVAILABLE'));
});

async function described(name: string): Promise<string | undefined> {
  return (await service.as(name).describeKey({ key_id: service.keyId })).key_metadata?.key_id;
}

/** As somebody would who can write the store and has no root key. What is in memory is forgotten, as at a restart. */
async function corrupt(aliasName: string): Promise<void> {
  const name = uniqueKey('alias', aliasName);
  const row = service.contents.rows.get(name);
  if (row?.kind !== 'alias') throw new Error('There is no such alias.');
  service.contents.rows.set(name, { ...row, mac: Buffer.alloc(row.mac.length) });
  service.faults.after = (operation) => {
    if (operation === 'commit') throw new Error('The answer is lost.');
  };
  await refused(service.as('alice').createKey({}));
  service.faults.after = undefined;
}
