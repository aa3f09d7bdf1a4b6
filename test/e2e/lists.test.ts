import { describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const refusedToken = { reason: 'INVALID_PAGE_TOKEN', code: 'INVALID_ARGUMENT', fields: [] };

describe('ListKeys', () => {
  it('shows what was there for the whole listing exactly once, in order, while keys come and change', async () => {
    const { keys } = under.latchkey;
    const there = await Promise.all(Array.from({ length: 25 }, async (_, index) => under.newKey(`key ${index}`)));
    const listed: string[] = [];
    for (let page_token = ''; ;) {
      const page = await keys.listKeys({ page_size: 4, page_token });
      expect(page.keys.length).toBeLessThanOrEqual(4);
      listed.push(...page.keys.map(({ key_id }) => key_id));
      page_token = page.next_page_token;
      if (page_token === '') break;
      await Promise.all([under.newKey('late'), keys.disableKey({ key_id: there[listed.length % there.length]! })]);
    }
    expect(listed).toEqual(listed.toSorted());
    expect(new Set(listed).size).toBe(listed.length);
    expect(there.filter((key_id) => !listed.includes(key_id))).toEqual([]);
  });

  it('shows a key as DescribeKey does', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey('shown');
    await keys.disableKey({ key_id });
    const { key_metadata } = await keys.describeKey({ key_id });
    const entry = (await keys.listKeys({ page_size: 1000 })).keys.find((listed) => listed.key_id === key_id);
    expect(entry).toEqual({
      key_id,
      key_arn: key_metadata?.arn,
      key_state: 'KEY_STATE_DISABLED',
      description: 'shown',
      creation_date: key_metadata?.creation_date,
    });
  });

  it('gives 100 keys when no page size is given, and no token at the end', async () => {
    const { keys } = under.latchkey;
    await Promise.all(Array.from({ length: 101 }, async () => under.newKey()));
    const page = await keys.listKeys({});
    expect(page.keys).toHaveLength(100);
    expect(page.next_page_token).not.toBe('');
    expect((await keys.listKeys({ page_size: 1000 })).next_page_token).toBe('');
  });

  it.each([1001, 0xffffffff])('refuses a page size of %i', async (page_size) => {
    const facts = await refusalFacts(under.latchkey.keys.listKeys({ page_size }));
    expect(facts).toEqual({ reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: ['page_size'] });
  });
});

describe('ListAliases', () => {
  it('lists in the order of bytes, all or those of one key, while aliases go', async () => {
    const { keys } = under.latchkey;
    const [mine, other] = [await under.newKey(), await under.newKey()];
    const names = ['alias/l/Z', 'alias/l/_', 'alias/l/a', 'alias/l/-', 'alias/l/0', 'alias/l/:'];
    await Promise.all(names.map(async (alias_name) => keys.createAlias({ alias_name, target_key_id: mine })));
    await keys.createAlias({ alias_name: 'alias/l/5', target_key_id: other });

    const listed: string[] = [];
    for (let page_token = ''; ;) {
      const page = await keys.listAliases({ key_id: mine, page_size: 2, page_token });
      listed.push(...page.aliases.map(({ alias_name }) => alias_name));
      page_token = page.next_page_token;
      if (page_token === '') break;
      // The cursor's own alias goes: the next page begins behind where it was.
      await keys.deleteAlias({ alias_name: listed.at(-1)! });
    }
    expect(listed).toEqual(['alias/l/-', 'alias/l/0', 'alias/l/:', 'alias/l/Z', 'alias/l/_', 'alias/l/a']);
    const all = (await keys.listAliases({})).aliases.map(({ alias_name }) => alias_name);
    expect(all).toContain('alias/l/5');
    expect(all).not.toContain('alias/l/0');
  });
});

describe('a page token', () => {
  it('is refused when it was altered, at every place', async () => {
    await Promise.all([under.newKey(), under.newKey()]);
    const { next_page_token } = await under.latchkey.keys.listKeys({ page_size: 1 });
    await under.latchkey.keys.listKeys({ page_size: 7, page_token: next_page_token });
    for (let at = 0; at < next_page_token.length; at++) {
      const letter = next_page_token[at] === 'A' ? 'B' : 'A';
      const page_token = next_page_token.slice(0, at) + letter + next_page_token.slice(at + 1);
      expect(await refusalFacts(under.latchkey.keys.listKeys({ page_token })), `letter ${at}`).toEqual(refusedToken);
    }
    for (const page_token of [
      `${next_page_token}A`,
      `${next_page_token}=`,
      next_page_token.slice(0, -1),
      ` ${next_page_token}`,
      'x',
      '!',
      '\u{1f511}',
    ]) {
      expect(await refusalFacts(under.latchkey.keys.listKeys({ page_token })), page_token).toEqual(refusedToken);
    }
  });

  it('is refused by another call, and by the same call with another filter', async () => {
    const { keys } = under.latchkey;
    const [mine, other] = [await under.newKey(), await under.newKey()];
    for (const alias_name of ['alias/t/1', 'alias/t/2']) {
      await keys.createAlias({ alias_name, target_key_id: mine });
    }
    await keys.rotateKeyOnDemand({ key_id: mine });
    await keys.rotateKeyOnDemand({ key_id: mine });
    const tokens = {
      keys: (await keys.listKeys({ page_size: 1 })).next_page_token,
      aliases: (await keys.listAliases({ page_size: 1 })).next_page_token,
      aliasesOfMine: (await keys.listAliases({ key_id: mine, page_size: 1 })).next_page_token,
      rotations: (await keys.listKeyRotations({ key_id: mine, page_size: 1 })).next_page_token,
    };
    expect(Object.values(tokens)).not.toContain('');
    const calls = [
      keys.listKeys({ page_token: tokens.aliases }),
      keys.listKeys({ page_token: tokens.rotations }),
      keys.listAliases({ page_token: tokens.keys }),
      keys.listAliases({ page_token: tokens.aliasesOfMine }),
      keys.listAliases({ key_id: mine, page_token: tokens.aliases }),
      keys.listAliases({ key_id: other, page_token: tokens.aliasesOfMine }),
      keys.listKeyRotations({ key_id: other, page_token: tokens.rotations }),
      keys.listKeyRotations({ key_id: mine, include_key_material: true, page_token: tokens.rotations }),
      keys.listKeyRotations({ key_id: mine, page_token: tokens.keys }),
    ];
    for (const facts of await Promise.all(calls.map(refusalFacts))) {
      expect(facts).toEqual(refusedToken);
    }
  });
});
