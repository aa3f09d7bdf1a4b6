import { describe, expect, it } from 'vitest';
import { MemoryContents, openMemoryStore, type StoreFaults } from '../fakes/memory-store.ts';
import { keyRow } from './sample-rows.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('The memory store', async () => {
  const contents = new MemoryContents();
  return { open: async () => openMemoryStore({ contents }), remove: async () => undefined };
});

describe('faults of the memory store', () => {
  it('fail a write before it was applied', async () => {
    const faults: StoreFaults = { before: failOn('commit') };
    const store = openMemoryStore({ faults });

    await expect(store.commit({ insert: [keyRow('a')] }, { expectedCounter: 0 })).rejects.toThrow('commit fails');
    expect(await store.readKey('a')).toEqual({ counter: 0, value: undefined });
  });

  it('lose the answer of a write that was applied', async () => {
    const faults: StoreFaults = { after: failOn('commit') };
    const store = openMemoryStore({ faults });

    await expect(store.commit({ insert: [keyRow('a')] }, { expectedCounter: 0 })).rejects.toThrow('commit fails');
    expect(await store.readKey('a')).toEqual({ counter: 1, value: keyRow('a') });
    faults.after = undefined;
    expect(await store.commit({}, { expectedCounter: 1 })).toBe(2);
  });

  it('see the change that is about to be committed', async () => {
    const seen: unknown[] = [];
    const store = openMemoryStore({ faults: { before: (operation, change) => void seen.push([operation, change]) } });
    const change = { insert: [keyRow('a')] };
    await store.commit(change, { expectedCounter: 0 });
    await store.readKey('a');

    expect(seen).toEqual([
      ['commit', change],
      ['readKey', undefined],
    ]);
  });

  it('hold a read before it looks, or its answer until it is stale', async () => {
    const barrier = Promise.withResolvers<void>();
    const hold = (operation: string) => (operation === 'readKey' ? barrier.promise : undefined);
    const contents = new MemoryContents();
    const early = openMemoryStore({ contents, faults: { before: hold } }).readKey('a');
    const late = openMemoryStore({ contents, faults: { after: hold } }).readKey('a');
    await openMemoryStore({ contents }).commit({ insert: [keyRow('a')] }, { expectedCounter: 0 });
    barrier.resolve();

    expect((await early).counter).toBe(1);
    expect(await late).toEqual({ counter: 0, value: undefined });
  });

  it('do not keep close from waiting for what was begun', async () => {
    const barrier = Promise.withResolvers<void>();
    const contents = new MemoryContents();
    const store = openMemoryStore({ contents, faults: { before: () => barrier.promise } });
    const commit = store.commit({ insert: [keyRow('a')] }, { expectedCounter: 0 });
    const closed = store.close().then(() => contents.counter);
    barrier.resolve();

    expect([await commit, await closed]).toEqual([1, 1]);
  });
});

function failOn(failing: string): (operation: string) => void {
  return (operation) => {
    if (operation === failing) throw new Error(`${operation} fails`);
  };
}
