import { describe, expect, it } from 'vitest';
import { refusal } from '../keys/example-key.ts';
import { identityPolicy, useKeyService } from './use-key-service.ts';

const service = useKeyService();

describe('ListGrants', () => {
  it('shows what was granted', async () => {
    const { grant_id } = await service.grant({
      retiring_principal: service.arn('carol'),
      operations: ['GRANT_OPERATION_RE_ENCRYPT_TO', 'GRANT_OPERATION_DECRYPT'],
      constraints: { encryption_context_equals: { a: '1' } },
      name: 'n',
    });
    const { grants } = await service.as('alice').listGrants(onKey());
    expect(grants).toEqual([
      {
        grant_id,
        key_arn: `arn:aws:kms:us-east-1:000000000000:key/${service.keyId}`,
        grantee_principal: service.arn('bob'),
        retiring_principal: service.arn('carol'),
        issuing_principal: service.arn('alice'),
        operations: ['GRANT_OPERATION_DECRYPT', 'GRANT_OPERATION_RE_ENCRYPT_TO'],
        constraints: { encryption_context_equals: { a: '1' }, encryption_context_subset: {} },
        name: 'n',
        creation_date: expect.anything() as unknown,
        parent_grant_id: '',
      },
    ]);
  });

  it('shows those of the key in the order of their ids, page by page, each once', async () => {
    const made: string[] = [];
    for (let count = 0; count < 7; count++) made.push((await service.grant()).grant_id);
    await service.grant({ key_id: await service.newKey() });
    expect(await idsOf({})).toEqual(made.toSorted());
  });

  it('shows those of a grantee, and one by its id', async () => {
    const { grant_id } = await service.grant();
    const ofCarol = await service.grant({ grantee_principal: service.arn('carol') });
    expect(await idsOf({ grantee_principal: service.arn('carol') })).toEqual([ofCarol.grant_id]);
    expect(await idsOf({ grant_id })).toEqual([grant_id]);
    expect(await idsOf({ grant_id, grantee_principal: service.arn('carol') })).toEqual([]);
    expect(await idsOf({ grant_id: '0'.repeat(64) })).toEqual([]);
  });

  it('shows those of and by principals that are deleted', async () => {
    const { grant_id } = await service.grant();
    await service.change('bob', { deletedAt: 5 });
    await service.change('alice', { deletedAt: 5, readyPolicies: [] });
    const { grants } = await service.as('administrator').listGrants({ ...onKey(), grantee_principal: service.arn('bob') });
    expect(grants).toMatchObject([{ grant_id, issuing_principal: service.arn('alice') }]);
  });

  it('shows no more than the id of one whose record is not authentic, and all others', async () => {
    const ids = [(await service.grant()).grant_id, (await service.grant()).grant_id];
    for (const [name, row] of service.contents.rows) {
      if (row.kind === 'grant' && row.grantId === ids[0]) service.contents.rows.set(name, { ...row, record: Buffer.from('{}') });
    }
    const { grants } = await service.as('alice').listGrants(onKey());
    expect(grants).toHaveLength(2);
    expect(grants.find(({ grant_id }) => grant_id === ids[0])).toMatchObject({ grantee_principal: '', operations: [] });
    expect(grants.find(({ grant_id }) => grant_id === ids[1])).toMatchObject({ grantee_principal: service.arn('bob') });
  });

  it.each([
    [{ grant_id: 'x' }, 'INVALID_REQUEST'],
    [{ grantee_principal: 'x' }, 'INVALID_ARN'],
    [{ grantee_principal: 'arn:aws:iam::000000000000:user/token/nobody' }, 'NO_SUCH_ENTITY'],
    [{ page_token: 'x' }, 'INVALID_PAGE_TOKEN'],
    [{ grant_id: '0'.repeat(64), page_token: 'x' }, 'INVALID_PAGE_TOKEN'],
  ] as const)('refuses %j', async (changes, reason) => {
    await expect(service.as('alice').listGrants({ ...onKey(), ...changes })).rejects.toThrow(refusal(reason));
  });

  it('takes a page token with the same filters only', async () => {
    for (let count = 0; count < 2; count++) await service.grant();
    const { next_page_token } = await service.as('alice').listGrants({ ...onKey(), page_size: 1 });
    const other = { ...onKey(), page_token: next_page_token, grantee_principal: service.arn('bob') };
    await expect(service.as('alice').listGrants(other)).rejects.toThrow(refusal('INVALID_PAGE_TOKEN'));
  });

  it('is for who may', async () => {
    await service.grant({ operations: ['GRANT_OPERATION_DESCRIBE_KEY'] });
    await expect(service.as('bob').listGrants(onKey())).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  async function idsOf(filters: object): Promise<string[]> {
    const ids: string[] = [];
    let page_token = '';
    do {
      const page = await service.as('alice').listGrants({ ...onKey(), ...filters, page_size: 3, page_token });
      expect(page.grants.length).toBeLessThanOrEqual(3);
      ids.push(...page.grants.map(({ grant_id }) => grant_id));
      page_token = page.next_page_token;
    } while (page_token !== '');
    return ids;
  }
});

describe('ListRetirableGrants', () => {
  it('shows a principal the grants of all keys that it may retire, and who may ask those of others', async () => {
    const retiring_principal = service.arn('carol');
    const made = [
      await service.grant({ retiring_principal }),
      await service.grant({ retiring_principal, key_id: await service.newKey() }),
    ];
    await service.grant({ retiring_principal: service.arn('dave') });
    await service.grant();
    const ids = made.map(({ grant_id }) => grant_id).toSorted();
    expect(await retirable('carol', retiring_principal)).toEqual(ids);
    expect(await retirable('alice', retiring_principal)).toEqual(ids);
    await expect(retirable('bob', retiring_principal)).rejects.toThrow(refusal('ACCESS_DENIED'));
    await service.change('bob', { inlinePolicies: [identityPolicy(['kms:ListRetirableGrants'], retiring_principal)] });
    expect(await retirable('bob', retiring_principal)).toEqual(ids);
    await expect(retirable('bob', service.arn('dave'))).rejects.toThrow(refusal('ACCESS_DENIED'));
    await service.change('bob', { inlinePolicies: [identityPolicy(['kms:ListRetirableGrants'])] });
    expect(await retirable('bob', service.arn('dave'))).toHaveLength(1);
  });

  it.each([
    ['', 'INVALID_REQUEST'],
    ['x', 'INVALID_ARN'],
    ['arn:aws:iam::000000000000:user/token/nobody', 'NO_SUCH_ENTITY'],
  ] as const)('refuses "%s"', async (retiring_principal, reason) => {
    await expect(service.as('alice').listRetirableGrants({ retiring_principal })).rejects.toThrow(refusal(reason));
  });

  it('tells nobody who may not whether there is such a principal', async () => {
    const retiring_principal = 'arn:aws:iam::000000000000:user/token/nobody';
    await expect(service.as('bob').listRetirableGrants({ retiring_principal })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  async function retirable(caller: string, retiring_principal: string): Promise<string[]> {
    const { grants } = await service.as(caller).listRetirableGrants({ retiring_principal });
    return grants.map(({ grant_id }) => grant_id);
  }
});

function onKey() {
  return { key_id: service.keyId };
}
