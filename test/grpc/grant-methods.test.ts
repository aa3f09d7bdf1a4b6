import { describe, expect, it } from 'vitest';
import type { CreateGrantRequest } from '../../src/generated/latchkey/v1/CreateGrantRequest.ts';
import { exampleGrant } from '../keyring/example-access.ts';
import { commit } from '../keyring/open-keyring.ts';
import { refusal } from '../keys/example-key.ts';
import { allow, useKeyService } from './use-key-service.ts';

const service = useKeyService();

describe('a grant', () => {
  it('allows its grantee what it says, on its key only, and nobody else', async () => {
    await service.grant({ operations: ['GRANT_OPERATION_DESCRIBE_KEY'] });
    await expect(service.as('bob').describeKey({ key_id: service.keyId })).resolves.toBeDefined();
    await expect(service.as('carol').describeKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
    await expect(service.as('bob').disableKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
    await expect(service.as('bob').describeKey({ key_id: await service.newKey() })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('means who its grantee is: nobody gets anything with a name that was somebody else’s', async () => {
    await service.grant({ operations: ['GRANT_OPERATION_DESCRIBE_KEY'] });
    await service.change('bob', { path: 'user/token/gone', deletedAt: 5 });
    await service.add('bob');
    await expect(service.as('bob').describeKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('may be issued by those who are in no store', async () => {
    const { grant_id } = await service.as('administrator').createGrant(order());
    const { grants } = await service.as('administrator').listGrants({ key_id: service.keyId });
    expect(grants).toMatchObject([{ grant_id, issuing_principal: service.arn('administrator') }]);
  });

  it('goes with its key', async () => {
    await service.grant();
    const { keyId } = service;
    const destroyKey = { keyId, createdAt: 1, deletionRequestedAt: 2, destroyedAt: 3, materialCount: 1 };
    await commit(service.plane.keyring, { destroyKey });
    expect([...service.contents.rows.values()].filter(({ kind }) => kind === 'grant')).toEqual([]);
  });

  it.each([
    ['disabled', 'KEY_DISABLED', () => service.as('alice').disableKey({ key_id: service.keyId })],
    ['to be deleted', 'KEY_PENDING_DELETION', () => service.as('alice').scheduleKeyDeletion({ key_id: service.keyId })],
  ] as const)('of a key that is %s is not created, and can be ended', async (_, reason, change) => {
    const [{ grant_id }, other] = [await service.grant(), await service.grant()];
    await change();
    await expect(service.grant()).rejects.toThrow(refusal(reason));
    await service.as('alice').revokeGrant({ key_id: service.keyId, grant_id });
    await service.as('alice').retireGrant({ grant_token: other.grant_token });
  });
});

describe('CreateGrant', () => {
  it.each([
    [{ key_id: '' }, 'INVALID_REQUEST', 'key_id'],
    [{ grantee_principal: '' }, 'INVALID_REQUEST', 'grantee_principal'],
    [{ grantee_principal: 'bob' }, 'INVALID_ARN', 'grantee_principal'],
    [{ grantee_principal: 'arn:aws:iam::111111111111:user/token/bob' }, 'INVALID_ARN', 'grantee_principal'],
    [{ grantee_principal: 'arn:aws:iam::000000000000:root' }, 'INVALID_REQUEST', 'grantee_principal'],
    [{ grantee_principal: 'arn:aws:iam::000000000000:user/token/nobody' }, 'NO_SUCH_ENTITY', 'grantee_principal'],
    [{ retiring_principal: 'arn:aws:iam::000000000000:root' }, 'INVALID_REQUEST', 'retiring_principal'],
    [{ retiring_principal: 'arn:aws:iam::000000000000:user/token/nobody' }, 'NO_SUCH_ENTITY', 'retiring_principal'],
    [{ operations: [] }, 'INVALID_REQUEST', 'operations'],
    [{ operations: ['GRANT_OPERATION_UNSPECIFIED'] }, 'INVALID_REQUEST', 'operations'],
    [{ operations: [77] }, 'INVALID_REQUEST', 'operations'],
    [{ operations: ['GRANT_OPERATION_ENCRYPT', 'GRANT_OPERATION_ENCRYPT'] }, 'INVALID_REQUEST', 'operations'],
    [{ constraints: {} }, 'INVALID_REQUEST', 'constraints'],
    [
      { constraints: { encryption_context_equals: { a: 'b' }, encryption_context_subset: { a: 'b' } } },
      'INVALID_REQUEST',
      'not both',
    ],
    [{ constraints: { encryption_context_subset: nPairs(9) } }, 'INVALID_REQUEST', 'constraints.encryption_context_subset'],
    [
      { constraints: { encryption_context_equals: { a: 'x'.repeat(385) } } },
      'INVALID_REQUEST',
      'constraints.encryption_context_equals',
    ],
    [
      { constraints: { encryption_context_equals: { ['x'.repeat(385)]: '' } } },
      'INVALID_REQUEST',
      'constraints.encryption_context_equals',
    ],
    [
      {
        constraints: { encryption_context_equals: { a: 'b' } },
        operations: ['GRANT_OPERATION_DESCRIBE_KEY', 'GRANT_OPERATION_CREATE_GRANT'],
      },
      'INVALID_REQUEST',
      'constraints',
    ],
    [{ name: 'a b' }, 'INVALID_REQUEST', 'name'],
    [{ name: 'x'.repeat(257) }, 'INVALID_REQUEST', 'name'],
    [{ grant_tokens: ['x'] }, 'INVALID_REQUEST', 'grant_tokens'],
    [{ dry_run: true }, 'DRY_RUN', 'dry_run'],
  ] as const)('refuses %j as %s', async (changes, reason, words) => {
    const request = service.grant(changes as CreateGrantRequest);
    await expect(request).rejects.toMatchObject({ reason, message: expect.stringContaining(words) as string });
    expect((await service.as('alice').listGrants({ key_id: service.keyId })).grants).toEqual([]);
  });

  it('takes the longest constraints and names that there may be, whatever they are called', async () => {
    const encryption_context_subset = { ...nPairs(6), ['\u{10000}'.repeat(384)]: '\u{10000}'.repeat(384), ['__proto__']: 'x' };
    await service.grant({ constraints: { encryption_context_subset }, name: 'x'.repeat(256) });
    const { grants } = await service.as('alice').listGrants({ key_id: service.keyId });
    expect(grants[0]?.constraints?.encryption_context_subset).toEqual(encryption_context_subset);
    expect(Object.keys(grants[0]?.constraints?.encryption_context_subset ?? {})).toContain('__proto__');
  });

  it('answers a repetition with the grant that there is, in whatever order its parts come', async () => {
    const named = {
      name: 'n',
      operations: ['GRANT_OPERATION_ENCRYPT', 'GRANT_OPERATION_DECRYPT'],
      retiring_principal: service.arn('carol'),
    } as const;
    const first = await service.grant({
      ...named,
      operations: [...named.operations],
      constraints: { encryption_context_subset: { a: '1', b: '2' } },
    });
    const again = {
      ...named,
      operations: named.operations.toReversed(),
      constraints: { encryption_context_subset: { b: '2', a: '1' } },
    };
    expect(await service.grant(again)).toEqual(first);
    await expect(service.grant({ ...again, dry_run: true })).rejects.toThrow(refusal('DRY_RUN'));

    for (const other of [
      { ...again, name: 'm' },
      { ...again, name: '' },
      { ...again, retiring_principal: '' },
      { ...again, grantee_principal: service.arn('dave') },
      { ...again, operations: ['GRANT_OPERATION_ENCRYPT'] as const },
      { ...again, constraints: { encryption_context_equals: { a: '1', b: '2' } } },
      { ...again, constraints: { encryption_context_subset: { a: '1', b: '3' } } },
    ])
      expect((await service.grant({ ...other, operations: [...other.operations] })).grant_id).not.toBe(first.grant_id);
    const byAnother = await service.as('administrator').createGrant(order(again));
    expect(byAnother.grant_id).not.toBe(first.grant_id);
  });

  it('makes a grant of each call without a name', async () => {
    expect((await service.grant()).grant_id).not.toBe((await service.grant()).grant_id);
  });

  it('refuses the 50 001st grant of a key, and no grant of another', async () => {
    const { keyId } = service;
    for (let number = 0; number < 50_000; number++) {
      const row = {
        kind: 'grant',
        ...exampleGrant(number),
        keyId,
        granteeId: `grantee ${number}`,
        retiringId: null,
        name: null,
        record: noBytes,
        domainKeyId: noBytes,
        mac: noBytes,
      };
      service.contents.rows.set(`filler ${number}`, row as never);
    }
    await expect(service.grant()).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
    service.contents.rows.delete('filler 0');
    const { grant_id } = await service.grant();
    await expect(service.grant()).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
    await service.as('alice').revokeGrant({ key_id: service.keyId, grant_id });
    await expect(service.grant()).resolves.toBeDefined();
    await expect(service.grant({ key_id: await service.newKey() })).resolves.toBeDefined();
  });

  it('refuses the 501st grant of a key to one principal, and none to another or of another key', async () => {
    for (let number = 0; number < 500; number++) await service.grant({ name: `grant-${number}` });
    const full = expect.objectContaining({
      reason: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('has 500 grants of key') as string,
    });
    await expect(service.grant()).rejects.toThrow(full as Error);
    // What there is already is not one more.
    const { grant_id } = await service.grant({ name: 'grant-7' });
    await expect(service.grant({ grantee_principal: service.arn('carol') })).resolves.toBeDefined();
    await expect(service.grant({ key_id: await service.newKey() })).resolves.toBeDefined();
    await service.as('alice').revokeGrant({ key_id: service.keyId, grant_id });
    await expect(service.grant()).resolves.toBeDefined();
    await expect(service.grant()).rejects.toThrow(refusal('LIMIT_EXCEEDED'));
  });

  it('tells policies what it would grant', async () => {
    const condition = {
      'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Encrypt', 'Decrypt'], 'kms:EncryptionContextKeys': ['tenant'] },
      StringEquals: { 'kms:EncryptionContext:tenant': 'a', 'kms:GrantConstraintType': 'EncryptionContextEquals' },
      ArnEquals: { 'kms:GranteePrincipal': service.arn('bob'), 'kms:RetiringPrincipal': service.arn('dave') },
      Bool: { 'kms:GrantIsForAWSResource': 'false' },
      Null: { 'kms:EncryptionAlgorithm': 'true' },
    };
    await service.putPolicy([allow('alice', 'kms:*'), { ...allow('carol', 'kms:CreateGrant'), Condition: condition }]);
    const fits: CreateGrantRequest = {
      operations: ['GRANT_OPERATION_DECRYPT'],
      retiring_principal: service.arn('dave'),
      constraints: { encryption_context_equals: { tenant: 'a' } },
    };
    await expect(service.as('carol').createGrant(order(fits))).resolves.toBeDefined();
    for (const other of [
      { operations: ['GRANT_OPERATION_DECRYPT', 'GRANT_OPERATION_DESCRIBE_KEY'] },
      { constraints: { encryption_context_equals: { tenant: 'b' } } },
      { constraints: { encryption_context_equals: { tenant: 'a', more: 'x' } } },
      { constraints: { encryption_context_subset: { tenant: 'a' } } },
      { constraints: null },
      { grantee_principal: service.arn('carol') },
      { retiring_principal: service.arn('carol') },
      { retiring_principal: '' },
    ] as const)
      await expect(service.as('carol').createGrant(order({ ...fits, ...(other as CreateGrantRequest) }))).rejects.toThrow(
        refusal('ACCESS_DENIED'),
      );
  });

  it('takes grant tokens of any grant, and lets them decide nothing', async () => {
    const tokens = [];
    for (let count = 0; count < 11; count++) tokens.push((await service.grant()).grant_token);
    await service.as('alice').revokeGrant({
      key_id: service.keyId,
      grant_id: (await service.as('alice').listGrants({ key_id: service.keyId })).grants[0]?.grant_id ?? '',
    });
    await expect(service.grant({ grant_tokens: tokens.slice(1) })).resolves.toBeDefined();
    await expect(service.grant({ grant_tokens: tokens })).rejects.toThrow(refusal('INVALID_REQUEST'));
    await expect(service.as('bob').createGrant(order({ grant_tokens: tokens.slice(1) }))).rejects.toThrow(refusal('ACCESS_DENIED'));
  });
});

function order(changes: CreateGrantRequest = {}): CreateGrantRequest {
  return { key_id: service.keyId, grantee_principal: service.arn('bob'), operations: ['GRANT_OPERATION_ENCRYPT'], ...changes };
}

function nPairs(amount: number): { [name: string]: string } {
  return Object.fromEntries(Array.from({ length: amount }, (_, index) => [`k${index}`, 'v']));
}

const noBytes = new Uint8Array();
