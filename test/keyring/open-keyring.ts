import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NativeKeyTable, loadNativeAddon } from '../../src/crypto/native.ts';
import type { KeyringChange } from '../../src/keyring/change.ts';
import { Keyring } from '../../src/keyring/keyring.ts';
import { MaterialTable } from '../../src/keyring/material-table.ts';
import { Missing } from '../../src/keyring/missing.ts';
import { type RowSeal, rowSeal } from '../../src/keyring/row-seal.ts';
import { unlock } from '../../src/keyring/unlock.ts';
import { rootKeyFile } from '../../src/root-key/root-key-file.ts';
import type { Store } from '../../src/storage/store.ts';

/** A keyring over a store of the test's choice, with the real addon and a root key in a folder that outlives it. */
export interface OpenKeyring {
  readonly keyring: Keyring;
  readonly table: NativeKeyTable;
  readonly domainKeyId: Uint8Array;
  readonly seal: RowSeal;
  /** Rows that were refused, as `kind primary-key`. */
  readonly refusedRows: readonly string[];
  close(): void;
}

export async function openKeyring(store: Store, secretsDirectory: string): Promise<OpenKeyring> {
  const table = new (loadNativeAddon().KeyTable)({ capacity: 10, maxPlaintextBytes: 1024 });
  const { domainKeyId } = await unlock(store, rootKeyFile(table, secretsDirectory), { table, now: 1 });
  const refusedRows: string[] = [];
  const seal = rowSeal(table, domainKeyId, (kind, primaryKey) => refusedRows.push(`${kind} ${primaryKey}`));
  const keyring = new Keyring({ store, seal, materials: new MaterialTable(table), scope });
  return { keyring, table, domainKeyId, seal, refusedRows, close: () => table.close() };
}

/** Makes a change that was decided on nothing. */
export function commit(keyring: Keyring, change: KeyringChange): Promise<void> {
  return keyring.change(async (reading) => {
    await reading.begin();
    return { change, answer: undefined };
  });
}

/** What a look finds, after loading what it misses; a look that keeps missing fails. */
export async function loaded<T>(look: () => T | Missing): Promise<T> {
  for (let loads = 0; loads < 10; loads++) {
    const found = look();
    if (!(found instanceof Missing)) return found;
    await found.load();
  }
  throw new Error('What was loaded is still missing.');
}

export async function temporaryFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-keyring-'));
  return { path, remove: () => rm(path, { recursive: true }) };
}

export const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' } as const;
