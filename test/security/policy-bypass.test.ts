import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalFacts } from '../e2e/refusal.ts';
import { type AccessService, type Newcomer, allow, keyPolicy, openAccessService } from './access-service.ts';

/** No way of writing a key's name gets around what policies say of the key. */
let world: AccessService;
let open: string;
let shut: string;
/** May do everything with every key but `shut`. */
let alice: Newcomer;
/** May use keys only by the alias `alias/door`. */
let byAlias: Newcomer;

const arn = (resource: string) => `arn:aws:kms:us-east-1:000000000000:${resource}`;
const plaintext = Buffer.from('x');

beforeAll(async () => {
  world = await openAccessService();
  [open, shut] = [await world.newKey(), await world.newKey()];
  alice = await world.newcomer('alice', allow(['kms:*']), { Effect: 'Deny', Action: 'kms:*', Resource: arn(`key/${shut}`) });
  byAlias = await world.newcomer(
    'byalias',
    allow('kms:Encrypt', '*', { Condition: { StringEquals: { 'kms:RequestAlias': 'alias/door' } } }),
  );
  for (const alias_name of ['alias/shut', 'alias/Shut/deep'])
    await world.admin.keys.createAlias({ alias_name, target_key_id: shut });
  for (const alias_name of ['alias/door', 'alias/other']) await world.admin.keys.createAlias({ alias_name, target_key_id: open });
});
afterAll(() => world.close());

const spellings: readonly (readonly [how: string, name: () => string])[] = [
  ['by id', () => shut],
  ['by ARN', () => arn(`key/${shut}`)],
  ['by alias', () => 'alias/shut'],
  ['by another alias', () => 'alias/Shut/deep'],
  ['by alias ARN', () => arn('alias/shut')],
  ['in upper case', () => shut.toUpperCase()],
  ['by ARN in upper case', () => arn(`key/${shut.toUpperCase()}`)],
  ['by ARN whose resource type is in upper case', () => arn(`KEY/${shut}`)],
  ['by ARN whose service is in upper case', () => arn(`key/${shut}`).replace('kms', 'KMS')],
  ['by alias in another case', () => 'alias/SHUT'],
  ['by ALIAS', () => 'ALIAS/shut'],
  ['with a space before', () => ` ${shut}`],
  ['with a space behind', () => `${shut} `],
  ['with a line break behind', () => `${shut}\n`],
  ['with a NUL behind', () => `${shut}\0`],
  ['with a slash behind', () => `${shut}/`],
  ['by ARN with a slash behind', () => arn(`key/${shut}/`)],
  ['by ARN with two slashes', () => arn(`key//${shut}`)],
  ['by ARN through another path', () => arn(`key/../key/${shut}`)],
  ['by ARN with a colon', () => arn(`key:${shut}`)],
  ['by alias with a slash behind', () => 'alias/shut/'],
  ['by alias with two slashes', () => 'alias//shut'],
  ['by alias with a dot', () => 'alias/./shut'],
  ['percent-encoded', () => `alias%2Fshut`],
  ['in braces', () => `{${shut}}`],
  ['without hyphens', () => shut.replaceAll('-', '')],
  ['by wildcard', () => `${shut.slice(0, -1)}?`],
  ['by ARN with a wildcard', () => arn(`key/${shut.slice(0, 8)}*`)],
  ['by ARN of another region', () => arn(`key/${shut}`).replace('us-east-1', 'eu-west-1')],
  ['by ARN without an account', () => arn(`key/${shut}`).replace('000000000000', '')],
  ['with full-width digits', () => shut.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
];

describe('a key that is denied is not used', () => {
  it.each(spellings)('%s', async (_, name) => {
    const { crypto, keys } = alice.latchkey;
    const calls = [
      crypto.encrypt({ key_id: name(), plaintext }),
      crypto.generateDataKey({ key_id: name(), number_of_bytes: 32 }),
      crypto.batchEncrypt({ key_id: name(), plaintexts: [plaintext] }),
      keys.describeKey({ key_id: name() }),
      keys.disableKey({ key_id: name() }),
      keys.createAlias({ alias_name: 'alias/mine', target_key_id: name() }),
      keys.getKeyPolicy({ key_id: name() }),
    ];
    for (const { reason } of await Promise.all(calls.map(refusalFacts)))
      expect(reason).toMatch(/^(ACCESS_DENIED|INVALID_REQUEST|INVALID_ARN|INVALID_ALIAS_NAME|KEY_NOT_FOUND|ALIAS_NOT_FOUND)$/);
  });

  it('and its state is as it was', async () => {
    const { key_metadata } = await world.admin.keys.describeKey({ key_id: shut });
    expect(key_metadata?.key_state).toBe('KEY_STATE_ENABLED');
  });
});

describe('an alias that a policy asks for', () => {
  it('is the one that the call names', async () => {
    const { crypto } = byAlias.latchkey;
    await crypto.encrypt({ key_id: 'alias/door', plaintext });
    await crypto.encrypt({ key_id: arn('alias/door'), plaintext });
    for (const key_id of ['alias/other', open, arn(`key/${open}`), arn('alias/other')])
      expect((await refusalFacts(crypto.encrypt({ key_id, plaintext }))).reason).toBe('ACCESS_DENIED');
  });

  it('cannot be moved to a key, or taken from one, that the mover may not change', async () => {
    const mover = await world.newcomer('mover', allow('kms:*', [arn('alias/*'), arn(`key/${open}`)]));
    const { keys } = mover.latchkey;
    const refused = [
      keys.updateAlias({ alias_name: 'alias/door', target_key_id: shut }),
      keys.updateAlias({ alias_name: 'alias/shut', target_key_id: open }),
      keys.deleteAlias({ alias_name: 'alias/shut' }),
      keys.createAlias({ alias_name: 'alias/new', target_key_id: shut }),
    ];
    for (const { reason } of await Promise.all(refused.map(refusalFacts))) expect(reason).toBe('ACCESS_DENIED');
  });

  it('that exists does not say which key it points at', async () => {
    const maker = await world.newcomer('maker', allow('kms:CreateAlias', [arn('alias/*'), arn(`key/${open}`)]));
    const call = maker.latchkey.keys.createAlias({ alias_name: 'alias/shut', target_key_id: open });
    await expect(call).rejects.toMatchObject({ reason: 'ALREADY_EXISTS', message: expect.not.stringContaining(shut) as string });
  });
});

describe('what another has asked for', () => {
  it('is not answered to whoever has the same client token', async () => {
    const [one, two] = [await world.newcomer('one', allow('kms:CreateKey')), await world.newcomer('two', allow('kms:CreateKey'))];
    const first = await one.latchkey.keys.createKey({ client_token: 'deployment-1' });
    const again = await one.latchkey.keys.createKey({ client_token: 'deployment-1' });
    const second = await two.latchkey.keys.createKey({ client_token: 'deployment-1' });
    expect(again.key_metadata?.key_id).toBe(first.key_metadata?.key_id);
    expect(second.key_metadata?.key_id).not.toBe(first.key_metadata?.key_id);
  });

  it('does not keep a key from being rotated by whoever has the same client token', async () => {
    const mayRotate = allow('kms:RotateKeyOnDemand');
    const [one, two] = [await world.newcomer('rotator-one', mayRotate), await world.newcomer('rotator-two', mayRotate)];
    const order = { key_id: await world.newKey(), client_token: 'deployment-1' };
    const first = await one.latchkey.keys.rotateKeyOnDemand(order);
    expect(await one.latchkey.keys.rotateKeyOnDemand(order)).toEqual(first);
    expect((await two.latchkey.keys.rotateKeyOnDemand(order)).key_material_id).not.toBe(first.key_material_id);
  });
});

describe('names in policies are names', () => {
  it.each(['*', 'a*', 'al?ce', '${aws:username}', 'alice/*', 'alice:root', 'alice ', '../alice', 'ali\u0441e', '%2A', 'alice\0'])(
    'no principal is called %j',
    async (name) => {
      expect((await refusalFacts(world.admin.access.createPrincipal({ name }))).reason).toBe('INVALID_REQUEST');
    },
  );

  it('a tag of the caller stands for itself when it is put in a policy', async () => {
    const condition = { Condition: { StringLike: { 'kms:EncryptionContext:tenant': '${aws:PrincipalTag/tenant}' } } };
    const { arn: principal, path, latchkey } = await world.newcomer('tagged', allow('kms:Encrypt', '*', condition));
    const encrypt = (tenant: string) => latchkey.crypto.encrypt({ key_id: open, plaintext, encryption_context: { tenant } });
    for (const value of ['@', 'a', 'payments/+=']) {
      await world.admin.access.tagPrincipal({ principal: path, tags: [{ tag_key: 'tenant', tag_value: value }] });
      await encrypt(value);
      for (const other of ['*', '?', 'x', `${value}x`, '${aws:PrincipalTag/tenant}'])
        expect((await refusalFacts(encrypt(other))).reason).toBe('ACCESS_DENIED');
    }
    expect(principal).toContain('tagged');
  });

  it('a context stands for itself too', async () => {
    const condition = { Condition: { StringLike: { 'kms:EncryptionContext:a': '${kms:EncryptionContext:b}' } } };
    const { latchkey } = await world.newcomer('pairs', allow('kms:Encrypt', '*', condition));
    const encrypt = (a: string, b: string) => latchkey.crypto.encrypt({ key_id: open, plaintext, encryption_context: { a, b } });
    for (const same of ['x', '*', '?', '${*}', '${aws:userid}', '__proto__']) await encrypt(same, same);
    for (const [a, b] of [
      ['x', '*'],
      ['x', '?'],
      ['x', '${kms:EncryptionContext:a}'],
      ['x', '${*}'],
      ['', '*'],
    ] as const)
      expect((await refusalFacts(encrypt(a, b))).reason).toBe('ACCESS_DENIED');
  });

  it.each([
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","__proto__":{"x":1}}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"__proto__":{"aws:username":"x"}}}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"constructor":{"aws:username":"x"}}}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"__proto__":"x"}}}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:constructor":"x"}}}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:constructor","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"__proto__","Resource":"*"}]}',
    '{"Version":"2012-10-17","__proto__":{},"Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}',
    '{"Version":"__proto__","Statement":[{"Effect":"toString","Action":"kms:*","Resource":"*"}]}',
  ])('no policy changes what objects are: %s', async (policy) => {
    const access = world.admin.access;
    const call = access.putPrincipalPolicy({ principal: alice.path, policy_name: 'polluting', policy });
    expect((await refusalFacts(call)).reason).toBe('MALFORMED_POLICY');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('%s is no ready policy, group or method', async (name) => {
    const { access } = world.admin;
    expect((await refusalFacts(access.attachPrincipalPolicy({ principal: alice.path, policy_name: name }))).reason).toBe(
      'INVALID_REQUEST',
    );
    expect((await refusalFacts(access.addPrincipalToGroup({ principal: alice.path, group_name: name }))).reason).toBe(
      'NO_SUCH_ENTITY',
    );
    const explained = access.explainDecision({
      principal: alice.path,
      action: 'kms:Decrypt',
      key_id: open,
      condition_values: Object.fromEntries([[name, 'x']]),
    });
    expect((await refusalFacts(explained)).reason).toBe('INVALID_REQUEST');
  });

  it('a deleted principal has no successor, in policies and grants neither', async () => {
    const { arn: principal, path } = await world.newcomer('heir');
    const statement = { Effect: 'Allow', Principal: { AWS: principal }, Action: 'kms:Encrypt', Resource: '*' };
    const key_id = await world.newKey();
    await world.admin.keys.putKeyPolicy({ key_id, policy: keyPolicy(statement) });
    await world.admin.access.deletePrincipal({ principal: path });
    expect((await refusalFacts(world.admin.access.createPrincipal({ name: 'heir' }))).reason).toBe('ALREADY_EXISTS');
    expect((await refusalFacts(world.admin.keys.putKeyPolicy({ key_id, policy: keyPolicy(statement) }))).reason).toBe(
      'MALFORMED_POLICY',
    );
    const order = { key_id, grantee_principal: principal, operations: ['GRANT_OPERATION_ENCRYPT' as const] };
    expect((await refusalFacts(world.admin.keys.createGrant(order))).reason).toBe('NO_SUCH_ENTITY');
    expect((await refusalFacts(world.admin.access.createAccessToken({ principal: path }))).reason).toBe('NO_SUCH_ENTITY');
  });
});
