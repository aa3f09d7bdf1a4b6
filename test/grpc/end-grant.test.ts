import { describe, expect, it } from 'vitest';
import { refusal } from '../keys/example-key.ts';
import { allow, identityPolicy, policyText, useKeyService } from './use-key-service.ts';

const service = useKeyService();
const unknownId = 'ab'.repeat(32);

/** Who wants to end a grant to bob whose retiring principal is carol, and what makes them somebody who may. */
const everybody = [
  // Caller, what is arranged first, may retire, may revoke
  ['alice', 'nothing', true, true],
  ['administrator', 'nothing', true, true],
  ['root', 'nothing', true, true],
  ['carol', 'nothing', true, false],
  ['bob', 'nothing', false, false],
  ['bob', 'the grant says RetireGrant', true, false],
  ['dave', 'nothing', false, false],
  ['dave', 'another grant to dave says RetireGrant', false, false],
  ['dave', 'the key policy allows kms:RetireGrant', true, false],
  ['dave', 'the key policy allows kms:RevokeGrant', false, true],
  ['dave', 'an identity policy allows kms:RetireGrant', true, false],
  ['dave', 'an identity policy allows kms:RevokeGrant', false, true],
  ['carol', 'the key policy denies kms:RetireGrant', false, false],
  ['alice', 'the key policy denies kms:RetireGrant', false, true],
] as const;

describe.each(everybody)('%s, when %s', (caller, arranged, mayRetire, mayRevoke) => {
  const calls = [
    [
      'retires by its token',
      mayRetire,
      ({ grant_token }: Named, rest: Rest) => service.as(caller).retireGrant({ grant_token, ...rest }),
    ],
    [
      'retires by its id',
      mayRetire,
      ({ grant_id }: Named, rest: Rest) => service.as(caller).retireGrant({ ...onKey(), grant_id, ...rest }),
    ],
    ['revokes', mayRevoke, ({ grant_id }: Named, rest: Rest) => service.as(caller).revokeGrant({ ...onKey(), grant_id, ...rest })],
  ] as const;

  it.each(calls)('%s a grant: %s', async (_, may, end) => {
    const grant = await prepare(arranged);
    const before = rows();
    await expect(end(grant, { dry_run: true })).rejects.toThrow(refusal(may ? 'DRY_RUN' : 'ACCESS_DENIED'));
    expect(rows()).toEqual(before);
    if (may) await expect(end(grant, {})).resolves.toEqual({});
    else await expect(end(grant, {})).rejects.toThrow(refusal('ACCESS_DENIED'));
    expect((await service.as('alice').listGrants({ ...onKey(), grant_id: grant.grant_id })).grants).toHaveLength(may ? 0 : 1);
  });

  it('learns of a grant that there is not only by a policy', async () => {
    await prepare(arranged);
    const byGrant = arranged === 'nothing' && caller === 'carol';
    const mayRetireAny = mayRetire && !byGrant && arranged !== 'the grant says RetireGrant';
    const grant_id = unknownId;
    await expect(service.as(caller).retireGrant({ ...onKey(), grant_id })).rejects.toThrow(
      refusal(mayRetireAny ? 'GRANT_NOT_FOUND' : 'ACCESS_DENIED'),
    );
    await expect(service.as(caller).revokeGrant({ ...onKey(), grant_id })).rejects.toThrow(
      refusal(mayRevoke ? 'GRANT_NOT_FOUND' : 'ACCESS_DENIED'),
    );
  });
});

describe('a grant that has ended', () => {
  it('allows nothing any more, also what was in memory', async () => {
    const { grant_id } = await service.grant({ operations: ['GRANT_OPERATION_DESCRIBE_KEY'] });
    await service.as('bob').describeKey(onKey());
    await service.as('alice').revokeGrant({ ...onKey(), grant_id });
    await expect(service.as('bob').describeKey(onKey())).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('ends once', async () => {
    const { grant_id, grant_token } = await service.grant();
    const ends = [service.as('alice').revokeGrant({ ...onKey(), grant_id }), service.as('alice').retireGrant({ grant_token })];
    const outcomes = await Promise.allSettled(ends);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(service.as('alice').retireGrant({ grant_token })).rejects.toThrow(refusal('GRANT_NOT_FOUND'));
  });
});

describe('a grant of another key', () => {
  it('is not ended by its id with this one', async () => {
    const { grant_id } = await service.grant({ key_id: await service.newKey() });
    await expect(service.as('alice').retireGrant({ ...onKey(), grant_id })).rejects.toThrow(refusal('GRANT_NOT_FOUND'));
    await expect(service.as('alice').revokeGrant({ ...onKey(), grant_id })).rejects.toThrow(refusal('GRANT_NOT_FOUND'));
    expect((await service.as('alice').listGrants({ ...onKey(), grant_id })).grants).toEqual([]);
  });

  it('gives its retiring principal nothing here', async () => {
    const { grant_id } = await service.grant({ key_id: await service.newKey(), retiring_principal: service.arn('carol') });
    await expect(service.as('carol').retireGrant({ ...onKey(), grant_id })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });
});

it.each([
  [{}, 'key_id'],
  [{ key_id: 'alias/x', grant_id: unknownId }, 'key_id'],
  [{ key_id: unknownKey() }, 'grant_id'],
  [{ key_id: unknownKey(), grant_id: 'AB'.repeat(32) }, 'grant_id'],
  [{ grant_token: 'x', key_id: unknownKey() }, 'key_id'],
  [{ grant_token: 'x', grant_id: unknownId }, 'grant_id'],
  [{ grant_token: 'x' }, 'grant_token'],
])('RetireGrant refuses %j and names %s', async (request, field) => {
  await expect(service.as('alice').retireGrant(request)).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
    fieldViolations: [{ field }],
  });
});

it('RevokeGrant refuses what is no grant id', async () => {
  await expect(service.as('alice').revokeGrant(onKey())).rejects.toMatchObject({ fieldViolations: [{ field: 'grant_id' }] });
});

type Named = { readonly grant_id: string; readonly grant_token: string };
type Rest = { readonly dry_run?: boolean };
type Arranged = (typeof everybody)[number][1];

async function prepare(arranged: Arranged): Promise<Named> {
  const retires = arranged === 'the grant says RetireGrant';
  const grant = await service.grant({
    retiring_principal: service.arn('carol'),
    operations: ['GRANT_OPERATION_ENCRYPT', ...(retires ? (['GRANT_OPERATION_RETIRE_GRANT'] as const) : [])],
  });
  await arrangements[arranged]?.();
  return grant;
}

const account = { ...allow('alice', 'kms:*'), Principal: { AWS: '000000000000' } };
const arrangements: Partial<Record<Arranged, () => Promise<unknown>>> = {
  'another grant to dave says RetireGrant': () =>
    service.grant({ grantee_principal: service.arn('dave'), operations: ['GRANT_OPERATION_RETIRE_GRANT'] }),
  'the key policy allows kms:RetireGrant': () => service.putPolicy([account, allow('dave', 'kms:RetireGrant')]),
  'the key policy allows kms:RevokeGrant': () => service.putPolicy([account, allow('dave', 'kms:RevokeGrant')]),
  'an identity policy allows kms:RetireGrant': () =>
    service.change('dave', { inlinePolicies: [identityPolicy(['kms:RetireGrant'])] }),
  'an identity policy allows kms:RevokeGrant': () =>
    service.change('dave', { inlinePolicies: [identityPolicy(['kms:RevokeGrant'])] }),
  'the key policy denies kms:RetireGrant': () =>
    service
      .as('alice')
      .putKeyPolicy({ ...onKey(), policy: policyText([account, { ...account, Action: 'kms:RetireGrant', Effect: 'Deny' }]) }),
};

function onKey() {
  return { key_id: service.keyId };
}

function unknownKey(): string {
  return '00112233-4455-6677-8899-aabbccddeeff';
}

function rows() {
  return [...service.contents.rows.values()].filter(({ kind }) => kind === 'grant');
}
