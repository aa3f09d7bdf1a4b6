import { describe, expect, it } from 'vitest';
import { KmsError } from '../../src/errors.ts';
import { defaultKeyPolicy } from '../../src/keys/default-key-policy.ts';
import { refusal } from '../keys/example-key.ts';
import { scope } from './key-service-as.ts';
import { allow, identityPolicy, policyText, useKeyService } from './use-key-service.ts';

const service = useKeyService();
const put = (statements: readonly object[]) => service.putPolicy(statements);

describe('a key policy', () => {
  it('is the default one at first, and is decided by', async () => {
    expect(await service.as('alice').getKeyPolicy({ key_id: service.keyId })).toEqual({
      policy: defaultKeyPolicy(scope),
      policy_name: 'default',
    });
    expect(await service.as('alice').listKeyPolicies({ key_id: service.keyId })).toEqual({
      policy_names: ['default'],
      next_page_token: '',
    });
    await expect(service.as('bob').getKeyPolicy({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('is shown as it was put, to the last space', async () => {
    const policy = ` ${policyText([allow('alice', 'kms:*')])}\n`;
    expect(await service.as('alice').putKeyPolicy({ key_id: service.keyId, policy, policy_name: 'default' })).toEqual({
      warnings: [],
    });
    expect((await service.as('alice').getKeyPolicy({ key_id: service.keyId, policy_name: 'default' })).policy).toBe(policy);
  });

  it('allows from now on what it says, and no more what the last one said', async () => {
    await put([allow('alice', 'kms:*'), allow('bob', 'kms:DescribeKey')]);
    await expect(service.as('bob').describeKey({ key_id: service.keyId })).resolves.toBeDefined();
    await put([allow('alice', 'kms:*')]);
    await expect(service.as('bob').describeKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('is put whatever the state of its key', async () => {
    await service.as('alice').scheduleKeyDeletion({ key_id: service.keyId });
    await expect(put([allow('alice', 'kms:*')])).resolves.toBeDefined();
  });

  it('has warnings about what may not do what its author thinks', async () => {
    const policy = policyText([allow('alice', ['kms:*', 'kms:Sign'])]);
    const { warnings } = await service.as('alice').putKeyPolicy({ key_id: service.keyId, policy });
    expect(warnings).toEqual([{ location: 'Statement[0].Action[1]', message: expect.stringContaining('kms:Sign') as string }]);
    expect((await service.as('alice').createKey({ policy })).policy_warnings).toEqual(warnings);
  });

  it.each([
    [{ policy_name: 'other' }, 'NO_SUCH_ENTITY', 'policy_name'],
    [{ policy: '' }, 'INVALID_REQUEST', 'policy'],
    [{ policy: '{' }, 'MALFORMED_POLICY', 'policy'],
    [{ policy: policyText([allow('nobody', 'kms:*')]) }, 'MALFORMED_POLICY', 'user/token/nobody'],
  ] as const)('is refused when it is wrong: %j', async (changes, reason, words) => {
    const request = { key_id: service.keyId, policy: policyText([allow('alice', 'kms:*')]), ...changes };
    await expect(service.as('alice').putKeyPolicy(request)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(words) as string,
    });
    expect((await service.as('alice').getKeyPolicy({ key_id: service.keyId })).policy).toBe(defaultKeyPolicy(scope));
  });

  it('has no second page of names', async () => {
    await expect(service.as('alice').listKeyPolicies({ key_id: service.keyId, page_token: 'x' })).rejects.toThrow(
      refusal('INVALID_PAGE_TOKEN'),
    );
  });
});

describe('the principals of a key policy', () => {
  it('that there are not are told with all else that is wrong, each where it stands', async () => {
    const there = 'arn:aws:iam::000000000000:user/token';
    const policy = `{"Statement": [
  {"Sid": "use", "Effect": "allow", "Principal": {"AWS": ["${there}/alice", "${there}/nobody"]},
    "Action": "kms:*", "Resource": "*"},
  {"Effect": "Deny", "NotPrincipal": {"AWS": "${there}/nobody"}, "Action": "kms:Decrpt", "Resource": "*"}
]}`;
    const lines = policy.split('\n');
    const columnIn = (line: number) => (lines[line - 1] ?? '').indexOf(line === 2 ? `"${there}/nobody` : '"AWS"') + 1;
    const absent = `there is no ${there}/nobody; make it first, or let it come once.`;
    const { message, fieldViolations } = await refusalOf(service.as('alice').putKeyPolicy({ key_id: service.keyId, policy }));
    expect(message).toContain('This is the first of 4 problems.');
    expect(fieldViolations.map(({ field, description }) => `${field}: ${description}`)).toEqual([
      expect.stringMatching(/^policy\.Statement\[0\]\.Effect: .*line 2, column 18\)$/),
      `policy.Statement[0].Principal.AWS[1]: ${absent} (statement "use", line 2, column ${columnIn(2)})`,
      `policy.Statement[1].NotPrincipal.AWS: ${absent} (line 4, column ${columnIn(4)})`,
      expect.stringMatching(/^policy\.Statement\[1\]\.Action: .*line 4/),
    ]);
    await expect(service.as('alice').createKey({ policy })).rejects.toMatchObject({ fieldViolations });
  });

  it('that there are not are told with 20 problems at most', async () => {
    const nobodies = Array.from({ length: 30 }, (_, index) => allow(`nobody-${index}`, 'kms:*'));
    const { message } = await refusalOf(put(nobodies));
    expect(message).toContain('there is no arn:aws:iam::000000000000:user/token/nobody-0;');
    expect(message).toContain('This is the first of 20 problems.');
  });

  it('are bound to who they are: nobody gets anything with a name that was somebody else’s', async () => {
    const mallory = await service.add('mallory');
    await put([allow('alice', 'kms:*'), allow('mallory', 'kms:DescribeKey')]);
    await expect(service.as('mallory').describeKey({ key_id: service.keyId })).resolves.toBeDefined();
    // As if the name were free again, which it never is.
    await service.change('mallory', { path: 'user/token/gone', deletedAt: 5 });
    expect(await service.add('mallory')).not.toBe(mallory);
    await expect(service.as('mallory').describeKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });

  it('must not be deleted ones', async () => {
    await service.change('bob', { deletedAt: 5 });
    await expect(put([allow('alice', 'kms:*'), allow('bob', 'kms:Encrypt')])).rejects.toThrow(refusal('MALFORMED_POLICY'));
  });

  it('may be the administrator of the socket', async () => {
    await put([
      allow('alice', 'kms:*'),
      { ...allow('alice', 'kms:DescribeKey'), Principal: { AWS: service.arn('administrator') } },
    ]);
    await expect(service.as('administrator').describeKey({ key_id: service.keyId })).resolves.toBeDefined();
    await expect(service.as('administrator').disableKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
  });
});

describe('a policy that would shut its author out', () => {
  const account = { Effect: 'Allow', Principal: { AWS: scope.account }, Action: 'kms:*', Resource: '*' };
  const lockout = [
    ['allows somebody else only', [allow('bob', 'kms:*')]],
    ['allows everything but to put another', [allow('alice', ['kms:Get*', 'kms:Encrypt'])]],
    ['allows it only when the check is bypassed', [onlyIf({ Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } })]],
    ['allows it for another key only', [{ ...allow('alice', 'kms:*'), Resource: 'arn:aws:kms:us-east-1:000000000000:key/other' }]],
    ['allows it for keys of another name only', [onlyIf({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/other' } })]],
    ['denies it', [allow('alice', 'kms:*'), { ...allow('alice', 'kms:PutKeyPolicy'), Effect: 'Deny' }]],
  ] as const;

  it.each(lockout)('is refused when it %s', async (_, statements) => {
    const shutOut = {
      reason: 'MALFORMED_POLICY',
      message: expect.stringContaining('bypass_policy_lockout_safety_check') as string,
    };
    await expect(put(statements)).rejects.toMatchObject(shutOut);
    await expect(service.as('alice').createKey({ policy: policyText(statements) })).rejects.toMatchObject(shutOut);
  });

  it('is none when the account is trusted and an identity policy allows its author', async () => {
    await expect(put([account])).resolves.toBeDefined();
    await service.change('carol', { inlinePolicies: [identityPolicy(['kms:CreateKey'])] });
    await expect(service.as('carol').createKey({ policy: policyText([account]) })).rejects.toThrow(refusal('MALFORMED_POLICY'));
  });

  it('is none when it is for keys with a name that this one has', async () => {
    await service.as('alice').createAlias({ alias_name: 'alias/payments', target_key_id: service.keyId });
    await expect(put([onlyIf({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/payments' } })])).resolves.toBeDefined();
  });

  it('is taken when the check is bypassed, which has an action of its own', async () => {
    const policy = policyText([allow('bob', 'kms:*')]);
    const bypassing = { key_id: service.keyId, policy, bypass_policy_lockout_safety_check: true };
    const actions = ['kms:CreateKey', 'kms:PutKeyPolicy'];
    await service.change('carol', { inlinePolicies: [identityPolicy(actions)] });
    await expect(service.as('carol').putKeyPolicy(bypassing)).rejects.toThrow(refusal('ACCESS_DENIED'));
    await expect(service.as('carol').createKey({ policy, bypass_policy_lockout_safety_check: true })).rejects.toThrow(
      refusal('ACCESS_DENIED'),
    );

    await service.change('carol', { inlinePolicies: [identityPolicy([...actions, 'kms:BypassPolicyLockoutSafetyCheck'])] });
    await service.as('carol').putKeyPolicy(bypassing);
    await expect(service.as('carol').putKeyPolicy(bypassing)).rejects.toThrow(refusal('ACCESS_DENIED'));
    const { key_metadata } = await service.as('carol').createKey({ policy, bypass_policy_lockout_safety_check: true });
    expect((await service.as('bob').getKeyPolicy({ key_id: key_metadata!.key_id })).policy).toBe(policy);
  });

  it('leaves the key to root, who may read and put a policy whatever it says, and nothing else', async () => {
    const everybodyOut = [{ ...account, Effect: 'Deny' }, allow('bob', 'kms:*')];
    await service
      .as('alice')
      .putKeyPolicy({ key_id: service.keyId, policy: policyText(everybodyOut), bypass_policy_lockout_safety_check: true });
    for (const name of ['alice', 'bob', 'administrator'])
      await expect(service.as(name).getKeyPolicy({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));

    const root = service.as('root');
    await expect(root.describeKey({ key_id: service.keyId })).rejects.toThrow(refusal('ACCESS_DENIED'));
    expect((await root.getKeyPolicy({ key_id: service.keyId })).policy).toBe(policyText(everybodyOut));
    const policy = policyText([allow('alice', 'kms:*')]);
    await root.putKeyPolicy({ key_id: service.keyId, policy, bypass_policy_lockout_safety_check: true });
    await service
      .as('alice')
      .putKeyPolicy({ key_id: service.keyId, policy: policyText(everybodyOut), bypass_policy_lockout_safety_check: true });
    await root.putKeyPolicy({ key_id: service.keyId, policy });
    await expect(service.as('alice').describeKey({ key_id: service.keyId })).resolves.toBeDefined();
  });
});

describe('CreateKey with a policy', () => {
  it('makes a key that is decided about by it', async () => {
    const { key_metadata } = await service
      .as('alice')
      .createKey({ policy: policyText([allow('alice', 'kms:*'), allow('bob', 'kms:DescribeKey')]) });
    await expect(service.as('bob').describeKey({ key_id: key_metadata!.key_id })).resolves.toBeDefined();
  });

  it('is another call with another policy, and the same with the same', async () => {
    const policy = policyText([allow('alice', 'kms:*')]);
    const order = { client_token: 'once', policy };
    const first = await service.as('alice').createKey(order);
    expect((await service.as('alice').createKey(order)).key_metadata?.key_id).toBe(first.key_metadata!.key_id);
    await expect(service.as('alice').createKey({ ...order, policy: `${policy} ` })).rejects.toThrow(refusal('INVALID_REQUEST'));
    await expect(service.as('alice').createKey({ client_token: 'once' })).rejects.toThrow(refusal('INVALID_REQUEST'));
  });
});

function onlyIf(condition: object) {
  return { ...allow('alice', 'kms:*'), Condition: condition };
}

async function refusalOf(call: Promise<unknown>): Promise<KmsError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KmsError)) throw new Error('The call was not refused.', { cause: error });
  return error;
}
