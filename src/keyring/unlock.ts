import type { NativeKeyTable } from '../crypto/native.ts';
import { StartRefused } from '../errors.ts';
import type { RootKey } from '../root-key/root-key.ts';
import type { DomainKeyRow, Store } from '../storage/store.ts';

/**
 * Takes the root key and the store's domain keys into native memory, and answers the id (16 bytes) of the domain key that
 * wraps and seals from now on. On a store that was never used it makes what is missing, the root key first and durably; over any
 * other nothing is ever made. Throws `StartRefused`.
 */
export async function unlock(
  store: Store,
  rootKey: RootKey,
  { table, now }: { table: DomainKeyTable; now: number },
): Promise<Unlocked> {
  const { counter, value: rows } = await store.readDomainKeys();
  const newest = rows.at(-1);
  if (newest === undefined) {
    if (counter > 0) throw new StartRefused(domainKeyMissing);
    return { domainKeyId: await firstDomainKey({ store, rootKey, table, counter, now }), isNew: true };
  }
  const rootKeyId = rootKey.open();
  if (rootKeyId === undefined) {
    throw new StartRefused(
      `The store has keys, but their root key ${rootKey.location} is missing. Put it back from your backup; its id is ` +
        `${wrappingKeyIdOf(newest)}. Nothing was made or changed.`,
    );
  }
  for (const row of rows) load(row, { rootKeyId, location: rootKey.location }, table);
  return { domainKeyId: Buffer.from(newest.id, 'hex'), isNew: false };
}

export interface Unlocked {
  readonly domainKeyId: Uint8Array;
  /** Whether the store had never been used. */
  readonly isNew: boolean;
}

async function firstDomainKey({ store, rootKey, table, counter, now }: FirstStart): Promise<Uint8Array> {
  if (rootKey.open() === undefined) rootKey.create();
  const { id, stored } = table.createDomainKey();
  const row: DomainKeyRow = { kind: 'domain-key', id: id.toString('hex'), stored, createdAt: now };
  await store.commit({ insert: [row] }, { expectedCounter: counter });
  return id;
}

function load(row: DomainKeyRow, { rootKeyId, location }: { rootKeyId: string; location: string }, table: DomainKeyTable): void {
  const wrappingKeyId = wrappingKeyIdOf(row);
  if (wrappingKeyId !== rootKeyId) {
    throw new StartRefused(
      `The root key ${location} (id ${rootKeyId}) is not the one that this store belongs to (id ${wrappingKeyId}). Put the right ` +
        'file back, or start with the data folder that belongs to this one. Nothing was changed.',
    );
  }
  try {
    const id = table.loadDomainKey(row.stored).toString('hex');
    if (id === row.id) return;
  } catch (cause) {
    throw new StartRefused(damaged(row), { cause });
  }
  throw new StartRefused(damaged(row));
}

function damaged(row: DomainKeyRow): string {
  return `The store's domain key ${row.id} is damaged. Restore the store from your backup. Nothing was changed.`;
}

/** `0x01 || wrapping key id (16) || …` (docs/FORMATS.md, "Stored domain key"). */
function wrappingKeyIdOf(row: DomainKeyRow): string {
  return Buffer.from(row.stored).toString('hex', 1, 17);
}

const domainKeyMissing =
  'The store was used before, but the domain key that wraps its keys is missing. Restore the store from your backup. Nothing was changed.';

interface FirstStart {
  readonly store: Store;
  readonly rootKey: RootKey;
  readonly table: DomainKeyTable;
  readonly counter: number;
  readonly now: number;
}

type DomainKeyTable = Pick<NativeKeyTable, 'createDomainKey' | 'loadDomainKey'>;
