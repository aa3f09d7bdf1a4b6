import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawAnswer, RawClient } from '../e2e/raw-client.ts';
import { everyCall, plausibleRequest } from './every-call.ts';
import { type StrangerWorld, clientOf, openStrangerWorld } from './stranger-world.ts';

/**
 * Who is refused costs the store nothing from the second time on, whether there is what they name or not: neither the time of an
 * answer tells, nor does asking again and again keep the store busy. Counted, not timed.
 */
let world: StrangerWorld;
let client: RawClient;

beforeAll(async () => {
  world = await openStrangerWorld();
  client = clientOf(world, world.stranger.token);
});
afterAll(async () => {
  client.close();
  await world.close();
});

it.each(['key_id', 'alias_name', 'principal', 'grant_id', 'token_id', 'group_name', 'ciphertext_blob'] as const)(
  'nothing is read for %s when it was asked for before',
  async (field) => {
    const calls = everyCall().filter(({ isStream, fields }) => !isStream && fields.some(({ name }) => name === field));
    expect(calls.length).toBeGreaterThan(0);
    // What is corrupt is read again each time, so that it is noticed again.
    const others = Object.entries(world.others[field] ?? {}).filter(([name]) => !name.includes('corrupt'));
    const read: string[] = [];
    for (const [name, value] of [['existing', world.existing[field]] as const, ...others])
      for (const call of calls) {
        const bytes = call.serialize(plausibleRequest(call, { ...world.existing, [field]: value }));
        await client.call(call.path, bytes);
        const before = world.operations.length;
        await client.call(call.path, bytes);
        const again = world.operations.slice(before);
        if (again.length > 0) read.push(`${call.path}, ${name}: ${again.join()}`);
      }
    expect(read).toEqual([]);
  },
);

/**
 * How often the store is asked the first time is no secret that could be kept: it depends on what is in memory. What there is in use by
 * others costs a stranger as little as what there is not, and nothing costs more than four reads.
 */
describe('the first time', () => {
  it.each([
    ['key by id', 'DescribeKey', { read: ['readKey', 'listGrants'], none: ['readKey', 'readTombstone'] }],
    ['key by alias', 'DescribeKey', { read: ['readAlias', 'readKey', 'listGrants'], none: ['readAlias'] }],
    ['ciphertext', 'Decrypt', { read: ['readMaterial', 'readKey', 'readMaterial', 'listGrants'], none: ['readMaterial'] }],
  ] as const)('%s', async (what, call, expected) => {
    const { existing, absent } = thingsOf(what);
    await restart();
    expect(await readsOf([call, existing])).toEqual(expected.read);
    expect(await readsOf([call, absent])).toEqual(expected.none);

    await restart();
    await use([call, existing]);
    expect(await readsOf([call, existing])).toEqual(['listGrants']);
  });
});

function thingsOf(what: 'key by id' | 'key by alias' | 'ciphertext'): { readonly existing: object; readonly absent: object } {
  const { key_id, ciphertext_blob } = world.existing;
  switch (what) {
    case 'key by id':
      return { existing: { key_id }, absent: { key_id: world.others.key_id?.['absent'] } };
    case 'key by alias':
      return { existing: { key_id: 'alias/plain' }, absent: { key_id: 'alias/absent' } };
    case 'ciphertext': {
      const unknown = world.others.ciphertext_blob?.['of an unknown backing key'];
      return { existing: { key_id: '', ciphertext_blob }, absent: { key_id: '', ciphertext_blob: unknown } };
    }
  }
}

type Request = readonly [name: string, things: object];

async function restart(): Promise<void> {
  client.close();
  await world.restart();
  client = clientOf(world, world.stranger.token);
  await client.call('AccessService/GetCallerIdentity', Buffer.alloc(0));
}

/** What the store is asked for a call of the stranger. */
async function readsOf(request: Request): Promise<readonly string[]> {
  const before = world.operations.length;
  await send(request, client);
  return world.operations.slice(before);
}

/** The same by somebody who may. */
async function use(request: Request): Promise<void> {
  const administrator = clientOf(world, world.token);
  expect(await send(request, administrator)).toMatchObject({ ok: true });
  administrator.close();
}

async function send([name, things]: Request, caller: RawClient): Promise<RawAnswer> {
  const call = everyCall().find((one) => one.name === name);
  if (call === undefined) throw new Error(`There is no ${name}.`);
  return caller.call(call.path, call.serialize({ ...plausibleRequest(call, world.existing), ...things }));
}
