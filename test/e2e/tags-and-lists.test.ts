import { describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const tag = (tag_key: string, tag_value = '') => ({ tag_key, tag_value });
const refusedToken = { reason: 'INVALID_PAGE_TOKEN', code: 'INVALID_ARGUMENT', fields: [] };

async function taggedKey(...tags: ReturnType<typeof tag>[]): Promise<string> {
  return (await under.latchkey.keys.createKey({ tags })).key_metadata?.key_id ?? '';
}

async function tagsOf(key_id: string) {
  return (await under.latchkey.keys.listResourceTags({ key_id })).tags;
}

type Listing = Parameters<typeof under.latchkey.keys.listKeys>[0];

/** All keys that a listing shows, page by page; `between` runs after each page. */
async function listed(order: Listing, between: (page: number) => Promise<unknown> = async () => undefined): Promise<string[]> {
  const found: string[] = [];
  let page_token = '';
  let page = 0;
  do {
    const { keys, next_page_token } = await under.latchkey.keys.listKeys({ ...order, page_token });
    found.push(...keys.map(({ key_id }) => key_id));
    page_token = next_page_token;
    page += 1;
    await between(page);
  } while (page_token !== '');
  return found;
}

describe('tags', () => {
  it('are added, replaced and removed, and listed in the order of their bytes', async () => {
    const { keys } = under.latchkey;
    const key_id = await taggedKey(tag('stage', 'test'), tag('Team', 'a'));
    expect(await tagsOf(key_id)).toEqual([tag('Team', 'a'), tag('stage', 'test')]);
    await keys.tagResource({ key_id, tags: [tag('stage', 'live'), tag('\u{1f511}', '\u{1f511}'), tag('empty'), tag('\uffff')] });
    const four = [tag('Team', 'a'), tag('empty'), tag('stage', 'live'), tag('\uffff'), tag('\u{1f511}', '\u{1f511}')];
    expect(await tagsOf(key_id)).toEqual(four);
    await keys.tagResource({ key_id, tags: four });
    expect(await tagsOf(key_id)).toEqual(four);
    await keys.untagResource({ key_id, tag_keys: ['stage', 'not there', 'STAGE', 'stage'] });
    expect(await tagsOf(key_id)).toEqual(four.filter(({ tag_key }) => tag_key !== 'stage'));
    await keys.untagResource({ key_id, tag_keys: four.map(({ tag_key }) => tag_key) });
    expect(await tagsOf(key_id)).toEqual([]);
  });

  it('may be as long as the limits say', async () => {
    const longest = tag('\u{1f511}'.repeat(128), '\u{1f511}'.repeat(256));
    const key_id = await taggedKey(longest);
    expect(await tagsOf(key_id)).toEqual([longest]);
  });

  it('are 50 at most, of which each can still be replaced', async () => {
    const { keys } = under.latchkey;
    const tags = Array.from({ length: 50 }, (_, index) => tag(`t${String(index).padStart(2, '0')}`));
    const key_id = await taggedKey(...tags);
    await keys.tagResource({ key_id, tags: tags.map(({ tag_key }) => tag(tag_key, 'new')) });
    const more = keys.tagResource({ key_id, tags: [tag('t00', 'newer'), tag('one more')] });
    expect(await refusalFacts(more)).toMatchObject({ reason: 'LIMIT_EXCEEDED', code: 'RESOURCE_EXHAUSTED' });
    expect(await tagsOf(key_id)).toEqual(tags.map(({ tag_key }) => tag(tag_key, 'new')));
  });

  it('are listed by pages while others come and go', async () => {
    const { keys } = under.latchkey;
    const tags = Array.from({ length: 20 }, (_, index) => tag(`t${String(index).padStart(2, '0')}`));
    const key_id = await taggedKey(...tags);
    const found: string[] = [];
    let page_token = '';
    do {
      const page = await keys.listResourceTags({ key_id, page_size: 3, page_token });
      expect(page.tags.length).toBeLessThanOrEqual(3);
      found.push(...page.tags.map(({ tag_key }) => tag_key));
      page_token = page.next_page_token;
      // The cursor's own tag goes, one before it comes.
      if (page_token !== '') await keys.untagResource({ key_id, tag_keys: [found.at(-1)!] });
      await keys.tagResource({ key_id, tags: [tag(`a${found.length}`)] });
    } while (page_token !== '');
    expect(found).toEqual(tags.map(({ tag_key }) => tag_key));
    const [other, { next_page_token }] = [await taggedKey(...tags), await keys.listResourceTags({ key_id, page_size: 1 })];
    expect(await refusalFacts(keys.listResourceTags({ key_id: other, page_token: next_page_token }))).toEqual(refusedToken);
  });

  it('are shown by no other call, and change nothing else', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey('tagged');
    const before = await keys.describeKey({ key_id });
    await keys.tagResource({ key_id, tags: [tag('a', 'b')] });
    expect(await keys.describeKey({ key_id })).toEqual(before);
  });
});

describe('the filters of ListKeys', () => {
  it('leave the keys that have all of the tags, with these values', async () => {
    const [both, one, other] = [
      await taggedKey(tag('f', '1'), tag('g', '1')),
      await taggedKey(tag('f', '1')),
      await taggedKey(tag('f', '2'), tag('g', '1')),
    ];
    expect(new Set(await listed({ tags: [tag('f', '1')] }))).toEqual(new Set([both, one]));
    expect(await listed({ tags: [tag('f', '1'), tag('g', '1')] })).toEqual([both]);
    expect(await listed({ tags: [tag('f', '2')] })).toEqual([other]);
    expect(await listed({ tags: [tag('F', '1')] })).toEqual([]);
    expect(await listed({ tags: [tag('f')] })).toEqual([]);
  });

  it('leave the keys in one of the states', async () => {
    const { keys } = under.latchkey;
    const mine = tag('states', 'all');
    const [enabled, disabled, deleting] = [await taggedKey(mine), await taggedKey(mine), await taggedKey(mine)];
    const external = (await keys.createKey({ origin: 'ORIGIN_TYPE_EXTERNAL', tags: [mine] })).key_metadata?.key_id ?? '';
    await keys.disableKey({ key_id: disabled });
    await keys.scheduleKeyDeletion({ key_id: deleting });
    const of = async (...states: ('ENABLED' | 'DISABLED' | 'PENDING_DELETION' | 'PENDING_IMPORT')[]) =>
      new Set(await listed({ tags: [mine], key_states: states.map((state) => `KEY_STATE_${state}` as const) }));
    expect(await of('ENABLED')).toEqual(new Set([enabled]));
    expect(await of('DISABLED')).toEqual(new Set([disabled]));
    expect(await of('PENDING_DELETION')).toEqual(new Set([deleting]));
    expect(await of('PENDING_IMPORT')).toEqual(new Set([external]));
    expect(await of('ENABLED', 'PENDING_IMPORT', 'ENABLED')).toEqual(new Set([enabled, external]));
    expect(await of()).toEqual(new Set([enabled, disabled, deleting, external]));
    await keys.enableKey({ key_id: disabled });
    expect(await of('DISABLED')).toEqual(new Set());
    for (const state of ['KEY_STATE_UNSPECIFIED', 'KEY_STATE_UNAVAILABLE', 77 as never] as const) {
      const facts = await refusalFacts(keys.listKeys({ key_states: [state] }));
      expect(facts, state).toEqual({ reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: ['key_states'] });
    }
  });

  it('find each key that stays exactly once while keys come and go and change', async () => {
    const { keys } = under.latchkey;
    const mine = tag('pages', 'stable');
    const there = await Promise.all(Array.from({ length: 12 }, async () => taggedKey(mine)));
    const leaving = await Promise.all(Array.from({ length: 4 }, async () => taggedKey(mine)));
    const coming: string[] = [];
    const found = await listed({ page_size: 5, tags: [mine] }, async (page) => {
      coming.push(await taggedKey(mine));
      const gone = leaving[page - 1];
      if (gone !== undefined) await keys.untagResource({ key_id: gone, tag_keys: ['pages'] });
      await keys.updateKeyDescription({ key_id: there[page % there.length]!, description: `changed ${page}` });
    });
    expect(found).toEqual(found.toSorted());
    expect(new Set(found).size).toBe(found.length);
    expect(there.filter((key_id) => !found.includes(key_id))).toEqual([]);
    const known = new Set([...there, ...leaving, ...coming]);
    expect(found.filter((key_id) => !known.has(key_id))).toEqual([]);
  });

  it('bind the page token: it is refused with others', async () => {
    const { keys } = under.latchkey;
    const filters = { key_states: ['KEY_STATE_ENABLED', 'KEY_STATE_DISABLED'], tags: [tag('bound', '1')] } as const;
    await Promise.all([taggedKey(tag('bound', '1')), taggedKey(tag('bound', '1'))]);
    const mutable = { key_states: [...filters.key_states], tags: [...filters.tags] };
    const { next_page_token: page_token } = await keys.listKeys({ ...mutable, page_size: 1 });
    await keys.listKeys({ ...mutable, page_token, page_size: 1000 });
    const others: Listing[] = [
      {},
      { key_states: mutable.key_states },
      { tags: mutable.tags },
      { ...mutable, key_states: ['KEY_STATE_ENABLED'] },
      { ...mutable, tags: [tag('bound', '2')] },
      { ...mutable, tags: [...mutable.tags, tag('more')] },
    ];
    for (const other of others) expect(await refusalFacts(keys.listKeys({ ...other, page_token }))).toEqual(refusedToken);
    const { next_page_token: unfiltered } = await keys.listKeys({ page_size: 1 });
    expect(await refusalFacts(keys.listKeys({ ...mutable, page_token: unfiltered }))).toEqual(refusedToken);
  });
});
