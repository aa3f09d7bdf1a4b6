import { describe, expect, it } from 'vitest';
import { holdFirst } from '../fakes/hold-first.ts';
import { useKeyService } from '../grpc/use-key-service.ts';
import { refusal } from '../keys/example-key.ts';

/** Calls about policies and grants that meet in the order that hurts. */
const service = useKeyService();
const describing = { operations: ['GRANT_OPERATION_DESCRIBE_KEY'] } as const;

describe('CreateGrant', () => {
  it('of one name many times at once makes one grant', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => service.grant({ name: 'n' })));
    expect(new Set(made.map(({ grant_id }) => grant_id)).size).toBe(1);
    expect((await service.as('alice').listGrants({ key_id: service.keyId })).grants).toHaveLength(1);
  });

  it('whose answer was lost is answered with the grant that it made', async () => {
    service.faults.after = (operation) => {
      if (operation === 'commit') throw new Error('The answer is lost.');
    };
    await expect(service.grant({ name: 'n' })).rejects.toThrow(refusal('KEY_UNAVAILABLE'));
    service.faults.after = undefined;
    const { grant_id } = await service.grant({ name: 'n' });
    const { grants } = await service.as('alice').listGrants({ key_id: service.keyId });
    expect(grants.map((grant) => grant.grant_id)).toEqual([grant_id]);
  });

  it('by a grant that ends meanwhile creates nothing', async () => {
    const { grant_id } = await service.grant({ operations: ['GRANT_OPERATION_CREATE_GRANT', ...describing.operations] });
    const held = holdFirst(service.faults, 'before', 'commit');
    const creating = service
      .as('bob')
      .createGrant({ key_id: service.keyId, grantee_principal: service.arn('carol'), operations: [...describing.operations] });
    await held.reached;
    await service.as('alice').revokeGrant({ key_id: service.keyId, grant_id });
    held.release();
    await expect(creating).rejects.toThrow(refusal('CONFLICT'));
    expect((await service.as('alice').listGrants({ key_id: service.keyId })).grants).toEqual([]);
  });
});

describe('RevokeGrant', () => {
  it('is not undone by a load of the grants that began before it', async () => {
    const { grant_id } = await service.grant({ operations: [...describing.operations] });
    const held = holdFirst(service.faults, 'after', 'listGrants');
    const using = service.as('bob').describeKey({ key_id: service.keyId });
    await held.reached;
    await service.as('alice').revokeGrant({ key_id: service.keyId, grant_id });
    held.release();
    await expect(using).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('whose answer was lost is in force', async () => {
    const { grant_id } = await service.grant({ operations: [...describing.operations] });
    await service.as('bob').describeKey({ key_id: service.keyId });
    service.faults.after = (operation) => {
      if (operation === 'commit') throw new Error('The answer is lost.');
    };
    await expect(service.as('alice').revokeGrant({ key_id: service.keyId, grant_id })).rejects.toThrow(refusal('KEY_UNAVAILABLE'));
    service.faults.after = undefined;
    await expect(service.as('bob').describeKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });
});

describe('PutKeyPolicy', () => {
  it('decides about no call that begins before it is committed, and about all that begin after it returned', async () => {
    await service.putPolicy([...everything('alice'), ...everything('bob')]);
    const held = holdFirst(service.faults, 'before', 'commit');
    const shuttingOut = service.putPolicy(everything('alice'));
    await held.reached;
    await expect(service.as('bob').describeKey({ key_id: service.keyId })).resolves.toBeDefined();
    held.release();
    await shuttingOut;
    await expect(service.as('bob').describeKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('binds to who has the name when it is committed', async () => {
    const held = holdFirst(service.faults, 'before', 'commit');
    const putting = service.putPolicy([...everything('alice'), ...everything('bob')]);
    await held.reached;
    await service.change('bob', { deletedAt: 5 });
    held.release();
    await expect(putting).rejects.toThrow(refusal('MALFORMED_POLICY'));
  });
});

function everything(name: string) {
  return [{ Effect: 'Allow', Principal: { AWS: service.arn(name) }, Action: 'kms:*', Resource: '*' }];
}
