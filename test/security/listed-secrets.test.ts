import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalFacts } from '../e2e/refusal.ts';
import { type AccessService, type Newcomer, allow, openAccessService } from './access-service.ts';

/** A list shows nothing of keys that its caller may not describe: in its items, in how it is cut into pages, and in its page tokens. */
let world: AccessService;
let shown: string;
const hidden: string[] = [];
const hiddenAliases: string[] = [];
let caller: Newcomer;

beforeAll(async () => {
  world = await openAccessService();
  shown = await world.newKey();
  for (let index = 0; index < 5; index++) {
    const key_id = await world.newKey();
    hidden.push(key_id);
    hiddenAliases.push(`alias/hidden-${index}`);
    await world.admin.keys.createAlias({ alias_name: `alias/hidden-${index}`, target_key_id: key_id });
    await world.admin.keys.tagResource({ key_id, tags: [{ tag_key: 'team', tag_value: 'payments' }] });
  }
  await world.admin.keys.createAlias({ alias_name: 'alias/shown', target_key_id: shown });
  caller = await world.newcomer(
    'lister',
    allow(['kms:ListKeys', 'kms:ListAliases']),
    allow('kms:DescribeKey', `arn:aws:kms:us-east-1:000000000000:key/${shown}`),
  );
});
afterAll(() => world.close());

describe.each([1, 2, 100])('in pages of %i', (page_size) => {
  it('ListKeys', async () => {
    const { keys } = caller.latchkey;
    const pages = await allPages(async (page_token) => keys.listKeys({ page_size, page_token }));
    expect(pages.flatMap((page) => page.keys.map(({ key_id }) => key_id))).toEqual([shown]);
    expectNothingHidden(pages);
  });

  it('ListKeys, by state and tag', async () => {
    const { keys } = caller.latchkey;
    const filters = { key_states: ['KEY_STATE_ENABLED' as const], tags: [{ tag_key: 'team', tag_value: 'payments' }] };
    const pages = await allPages(async (page_token) => keys.listKeys({ ...filters, page_size, page_token }));
    expect(pages.flatMap((page) => page.keys)).toEqual([]);
    expectNothingHidden(pages);
  });

  it('ListAliases', async () => {
    const { keys } = caller.latchkey;
    const pages = await allPages(async (page_token) => keys.listAliases({ page_size, page_token }));
    expect(pages.flatMap((page) => page.aliases.map(({ alias_name }) => alias_name))).toEqual(['alias/shown']);
    expectNothingHidden(pages);
  });
});

it('lists about one key are refused as the key is', async () => {
  const { keys } = caller.latchkey;
  for (const key_id of [hidden[0] ?? '', '00000000-0000-4000-8000-000000000000']) {
    const calls = [
      keys.listAliases({ key_id }),
      keys.listGrants({ key_id }),
      keys.listKeyRotations({ key_id, include_key_material: true }),
      keys.listResourceTags({ key_id }),
      keys.listKeyPolicies({ key_id }),
    ];
    for (const { reason } of await Promise.all(calls.map(refusalFacts))) expect(reason).toBe('ACCESS_DENIED');
  }
});

it("a page token of another's list is worth no more than one's own", async () => {
  const { next_page_token: page_token } = await world.admin.keys.listKeys({ page_size: 1 });
  const { keys } = await caller.latchkey.keys.listKeys({ page_size: 100, page_token });
  expect(keys.filter(({ key_id }) => key_id !== shown)).toEqual([]);
});

interface Page {
  readonly next_page_token: string;
}

async function allPages<T extends Page>(next: (pageToken: string) => Promise<T>): Promise<T[]> {
  const pages: T[] = [];
  for (let token = ''; pages.length === 0 || token !== '';) {
    const page = await next(token);
    pages.push(page);
    token = page.next_page_token;
  }
  return pages;
}

function expectNothingHidden(pages: readonly Page[]): void {
  const texts = pages.map((page) => JSON.stringify(page) + Buffer.from(page.next_page_token, 'base64url').toString('latin1'));
  for (const secret of [...hidden, ...hiddenAliases]) expect(texts.join()).not.toContain(secret);
}
