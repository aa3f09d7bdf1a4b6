import { describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();

describe('CreateAlias', () => {
  const names = ['alias/a', 'alias/A', 'alias/with:all/of_them-9', `alias/${'x'.repeat(250)}`, 'alias/awsome', 'alias/latchkeys'];
  it.each(names)('takes %s', async (alias_name) => {
    const target_key_id = await under.newKey();
    await under.latchkey.keys.createAlias({ alias_name, target_key_id });
    const { aliases } = await under.latchkey.keys.listAliases({ key_id: target_key_id });
    expect(aliases).toEqual([
      {
        alias_name,
        alias_arn: `arn:aws:kms:us-east-1:000000000000:${alias_name}`,
        target_key_id,
        creation_date: expect.anything(),
        last_updated_date: expect.anything(),
      },
    ]);
  });

  const refused = [
    '',
    'alias/',
    'alias',
    'name',
    'Alias/x',
    ' alias/x',
    'alias/x ',
    'alias/x\n',
    'alias/ä',
    'alias/*',
    'alias/x\0',
    `alias/${'x'.repeat(251)}`,
    'alias/aws/x',
    'alias/latchkey/x',
  ];
  it.each(refused)('refuses %j', async (alias_name) => {
    const target_key_id = await under.newKey();
    const expected = { reason: 'INVALID_ALIAS_NAME', code: 'INVALID_ARGUMENT', fields: [] };
    expect(await refusalFacts(under.latchkey.keys.createAlias({ alias_name, target_key_id }))).toEqual(expected);
    expect(await refusalFacts(under.latchkey.keys.updateAlias({ alias_name, target_key_id }))).toEqual(expected);
    expect(await refusalFacts(under.latchkey.keys.deleteAlias({ alias_name }))).toEqual(expected);
  });

  it('refuses a name that is taken, whichever key has it', async () => {
    const [mine, other] = [await under.newKey(), await under.newKey()];
    await under.latchkey.keys.createAlias({ alias_name: 'alias/taken', target_key_id: mine });
    for (const target_key_id of [mine, other]) {
      const facts = await refusalFacts(under.latchkey.keys.createAlias({ alias_name: 'alias/taken', target_key_id }));
      expect(facts).toEqual({ reason: 'ALREADY_EXISTS', code: 'ALREADY_EXISTS', fields: [] });
    }
  });

  it('names a key by id or ARN only', async () => {
    const target_key_id = await under.newKey();
    await under.latchkey.keys.createAlias({
      alias_name: 'alias/one',
      target_key_id: `arn:aws:kms:us-east-1:000000000000:key/${target_key_id}`,
    });
    for (const name of ['alias/one', 'arn:aws:kms:us-east-1:000000000000:alias/one', target_key_id.toUpperCase(), '']) {
      const facts = await refusalFacts(under.latchkey.keys.createAlias({ alias_name: 'alias/two', target_key_id: name }));
      expect(facts).toMatchObject({ reason: 'INVALID_REQUEST', fields: ['target_key_id'] });
    }
  });

  it('gives a key 50 aliases and no more, also when they are asked for at once', async () => {
    const target_key_id = await under.newKey();
    const names50 = Array.from({ length: 60 }, (_, index) => `alias/many/${index}`);
    const results = await Promise.allSettled(
      names50.map(async (alias_name) => under.latchkey.keys.createAlias({ alias_name, target_key_id })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    const more = under.latchkey.keys.createAlias({ alias_name: 'alias/many/more', target_key_id });
    expect(await refusalFacts(more)).toEqual({ reason: 'LIMIT_EXCEEDED', code: 'RESOURCE_EXHAUSTED', fields: [] });

    const other = await under.newKey();
    await under.latchkey.keys.createAlias({ alias_name: 'alias/elsewhere', target_key_id: other });
    const moved = under.latchkey.keys.updateAlias({ alias_name: 'alias/elsewhere', target_key_id });
    expect((await refusalFacts(moved)).reason).toBe('LIMIT_EXCEEDED');
    const { aliases } = await under.latchkey.keys.listAliases({ key_id: target_key_id, page_size: 1000 });
    expect(aliases).toHaveLength(50);
    // One that points there already is not one more.
    await under.latchkey.keys.updateAlias({ alias_name: aliases[0]!.alias_name, target_key_id });
  });
});

describe('UpdateAlias', () => {
  it('is in force when it returns: encryption moves, old ciphertexts still open', async () => {
    const { keys, crypto } = under.latchkey;
    const [before, after] = [await under.newKey(), await under.newKey()];
    await keys.createAlias({ alias_name: 'alias/moving', target_key_id: before });
    const old = await crypto.encrypt({ key_id: 'alias/moving', plaintext: Buffer.from('x') });
    await keys.updateAlias({ alias_name: 'alias/moving', target_key_id: after });

    expect((await crypto.encrypt({ key_id: 'alias/moving', plaintext: Buffer.from('x') })).key_arn).toContain(after);
    expect((await crypto.decrypt({ ciphertext_blob: old.ciphertext_blob })).key_arn).toContain(before);
    const named = crypto.decrypt({ ciphertext_blob: old.ciphertext_blob, key_id: 'alias/moving' });
    expect((await refusalFacts(named)).reason).toBe('INCORRECT_KEY');
  });

  it('works onto a disabled key', async () => {
    const { keys } = under.latchkey;
    const [before, after] = [await under.newKey(), await under.newKey()];
    await keys.disableKey({ key_id: after });
    await keys.createAlias({ alias_name: 'alias/to-disabled', target_key_id: before });
    await keys.updateAlias({ alias_name: 'alias/to-disabled', target_key_id: after });
    const use = under.latchkey.crypto.encrypt({ key_id: 'alias/to-disabled', plaintext: Buffer.from('x') });
    expect((await refusalFacts(use)).reason).toBe('KEY_DISABLED');
  });
});

describe('DeleteAlias', () => {
  it('removes the name at once and leaves the key; the name can be given again', async () => {
    const { keys, crypto } = under.latchkey;
    const [first, second] = [await under.newKey(), await under.newKey()];
    await keys.createAlias({ alias_name: 'alias/short-lived', target_key_id: first });
    await crypto.encrypt({ key_id: 'alias/short-lived', plaintext: Buffer.from('x') });
    await keys.deleteAlias({ alias_name: 'alias/short-lived' });
    const gone = { reason: 'ALIAS_NOT_FOUND', code: 'NOT_FOUND', fields: [] };
    expect(await refusalFacts(crypto.encrypt({ key_id: 'alias/short-lived', plaintext: Buffer.from('x') }))).toEqual(gone);
    expect(await refusalFacts(keys.describeKey({ key_id: 'alias/short-lived' }))).toEqual(gone);
    expect(await refusalFacts(keys.deleteAlias({ alias_name: 'alias/short-lived' }))).toEqual(gone);
    expect(await refusalFacts(keys.updateAlias({ alias_name: 'alias/short-lived', target_key_id: first }))).toEqual(gone);
    await keys.createAlias({ alias_name: 'alias/short-lived', target_key_id: second });
    expect((await crypto.encrypt({ key_id: 'alias/short-lived', plaintext: Buffer.from('x') })).key_arn).toContain(second);
  });
});
