import { describe, expect, it } from 'vitest';
import type { GrantRow } from '../../src/storage/store.ts';
import { uniqueKey } from '../fakes/memory-draft.ts';
import { refusal } from '../keys/example-key.ts';
import { allow, identityPolicy, useKeyService } from '../grpc/use-key-service.ts';

/** A grant whose row is not as this service wrote it allows nothing, stands in nobody's way, and can be ended. */
const service = useKeyService();
const toDescribe = { operations: ['GRANT_OPERATION_DESCRIBE_KEY' as const] };

describe('what a corrupt grant allowed', () => {
  it('is denied, as if there were none, and noticed once', async () => {
    const { grant_id } = await service.grant(toDescribe);
    corrupt(grant_id);
    for (let call = 0; call < 3; call++)
      await expect(service.as('bob').describeKey(onKey())).rejects.toThrow(refusal('ACCESS_DENIED'));
    expect(service.refusedRows).toEqual([`grant ${grant_id}`]);
  });

  it('is allowed by another grant of the same key', async () => {
    corrupt((await service.grant(toDescribe)).grant_id);
    await service.grant(toDescribe);
    expect(await described('bob')).toBe(service.keyId);
  });

  it('is allowed by policies', async () => {
    corrupt((await service.grant(toDescribe)).grant_id);
    await service.putPolicy([allow('alice', 'kms:*'), allow('bob', 'kms:DescribeKey')]);
    expect(await described('bob')).toBe(service.keyId);
  });

  it('is denied to who retires by it', async () => {
    const { grant_id, grant_token } = await service.grant({ retiring_principal: service.arn('carol') });
    corrupt(grant_id);
    await expect(service.as('carol').retireGrant({ ...onKey(), grant_id })).rejects.toThrow(refusal('ACCESS_DENIED'));
    await expect(service.as('carol').retireGrant({ grant_token })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });
});

describe('a corrupt grant', () => {
  it('is listed by its id, alone and among others', async () => {
    const { grant_id } = await service.grant();
    const other = await service.grant();
    corrupt(grant_id);
    const listed = async (filter: object) => (await service.as('alice').listGrants({ ...onKey(), ...filter })).grants;
    expect((await listed({ grant_id })).map((grant) => [grant.grant_id, grant.key_arn])).toEqual([[grant_id, '']]);
    expect((await listed({})).map((grant) => grant.grant_id)).toEqual([grant_id, other.grant_id].toSorted());
    expect(await listed({ grant_id, grantee_principal: service.arn('carol') })).toEqual([]);
  });

  it.each([
    ['revoked', 'kms:RevokeGrant', 'revokeGrant'],
    ['retired', 'kms:RetireGrant', 'retireGrant'],
  ] as const)('is %s by whom a policy allows that, and by nobody else', async (_, action, call) => {
    const { grant_id } = await service.grant();
    corrupt(grant_id);
    const ended = { ...onKey(), grant_id };
    await expect(service.as('dave')[call](ended)).rejects.toThrow(refusal('ACCESS_DENIED'));
    await service.change('dave', { inlinePolicies: [identityPolicy([action])] });
    await expect(service.as('dave')[call]({ ...ended, dry_run: true })).rejects.toThrow(refusal('DRY_RUN'));
    await service.as('dave')[call](ended);
    expect((await service.as('alice').listGrants(onKey())).grants).toEqual([]);
    await expect(service.as('dave')[call](ended)).rejects.toThrow(refusal('GRANT_NOT_FOUND'));
  });

  it('is ended for whom it was in memory, too, whoever its row names now', async () => {
    const { grant_id } = await service.grant(toDescribe);
    await service.as('bob').describeKey(onKey());
    corrupt(grant_id, { granteeId: service.ids.carol });
    await service.as('alice').revokeGrant({ ...onKey(), grant_id });
    await expect(service.as('bob').describeKey(onKey())).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('is one of the key that its row names', async () => {
    const { grant_id } = await service.grant();
    const keyId = await service.newKey();
    corrupt(grant_id, { keyId });
    await expect(service.as('alice').revokeGrant({ ...onKey(), grant_id })).rejects.toThrow(refusal('GRANT_NOT_FOUND'));
    await service.as('alice').revokeGrant({ key_id: keyId, grant_id });
    expect(service.contents.rows.has(uniqueKey('grant', grant_id))).toBe(false);
  });

  it('is not what the same order again answers with', async () => {
    const order = { ...toDescribe, name: 'n' };
    const { grant_id } = await service.grant(order);
    corrupt(grant_id);
    expect((await service.grant(order)).grant_id).not.toBe(grant_id);
    expect(await described('bob')).toBe(service.keyId);
  });

  it('that others were created under counts as one that has ended', async () => {
    const operations = ['GRANT_OPERATION_CREATE_GRANT' as const, ...toDescribe.operations];
    const parent = await service.grant({ operations });
    const child = await service.as('bob').createGrant({ ...onKey(), grantee_principal: service.arn('carol'), operations });
    corrupt(parent.grant_id);
    await service.as('carol').createGrant({ ...onKey(), grantee_principal: service.arn('dave'), ...toDescribe });
    expect(await described('dave')).toBe(service.keyId);
    corrupt(child.grant_id);
    await expect(
      service.as('carol').createGrant({ ...onKey(), grantee_principal: service.arn('bob'), ...toDescribe }),
    ).rejects.toThrow(refusal('CONFLICT'));
  });
});

async function described(name: string): Promise<string | undefined> {
  return (await service.as(name).describeKey(onKey())).key_metadata?.key_id;
}

function onKey(): { readonly key_id: string } {
  return { key_id: service.keyId };
}

/** As somebody would who can write the store and has no root key. */
function corrupt(grantId: string, columns: Partial<Pick<GrantRow, 'keyId' | 'granteeId'>> = {}): void {
  const name = uniqueKey('grant', grantId);
  const row = service.contents.rows.get(name);
  if (row?.kind !== 'grant') throw new Error('There is no such grant.');
  service.contents.rows.set(name, { ...row, ...columns, mac: Buffer.alloc(row.mac.length) });
}
