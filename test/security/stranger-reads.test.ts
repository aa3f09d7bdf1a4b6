import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RawClient } from '../e2e/raw-client.ts';
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

it('the first time the store is asked no more than three times for what there is, and two for what there is not', async () => {
  client.close();
  await world.restart();
  client = clientOf(world, world.stranger.token);
  await client.call('AccessService/GetCallerIdentity', Buffer.alloc(0));
  const { key_id = {}, ciphertext_blob = {} } = world.others;
  const rows = [
    ['DescribeKey', {}, 3],
    ['DescribeKey', { key_id: key_id['absent'] }, 2],
    ['DescribeCiphertext', { ciphertext_blob: ciphertext_blob['of a disabled key'] }, 3],
    ['DescribeCiphertext', { ciphertext_blob: ciphertext_blob['of an unknown backing key'] }, 2],
  ] as const;
  for (const [name, things, most] of rows) {
    const call = everyCall().find((one) => one.name === name);
    if (call === undefined) throw new Error(`There is no ${name}.`);
    const before = world.operations.length;
    await client.call(call.path, call.serialize({ ...plausibleRequest(call, world.existing), ...things }));
    const asked = world.operations.length - before;
    expect(asked, name).toBeGreaterThan(0);
    expect(asked, name).toBeLessThanOrEqual(most);
  }
});
