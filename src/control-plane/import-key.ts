import { KmsError } from '../errors.ts';
import { importKeyLifetimeMs, importTokenLifetimeMs } from '../keys/key-import.ts';
import type { Decision } from '../keyring/keyring.ts';
import { isRefusal } from '../keyring/material-table.ts';
import type { ImportKeyRow } from '../storage/store.ts';
import type { ControlPlane } from './control-plane.ts';

/** The import key (16 bytes) that seals tokens now: the newest, for 24 hours; then a new one, durable before it is used. */
export async function currentImportKey(plane: ControlPlane): Promise<Uint8Array> {
  const now = plane.clock.steadyNow();
  const made: Uint8Array[] = [];
  let used: Uint8Array | undefined;
  try {
    used = await importKeyOf(now, made, plane);
    return used;
  } finally {
    // Those of attempts that came to nothing must not fill the few places that there are.
    for (const id of made) if (id !== used) plane.table.evictImportKey(id);
  }
}

async function importKeyOf(now: number, made: Uint8Array[], plane: ControlPlane): Promise<Uint8Array> {
  return plane.keyring.change(async (reading) => {
    const newest = (await reading.importKeys()).at(-1);
    const isFresh = newest !== undefined && now - newest.createdAt < importTokenLifetimeMs;
    const id = isFresh ? loaded(newest, plane) : undefined;
    return id === undefined ? newImportKey(now, made, plane) : { answer: id };
  });
}

function newImportKey(now: number, made: Uint8Array[], plane: ControlPlane): Decision<Uint8Array> {
  const { id, stored } = plane.table.createImportKey(plane.domainKeyId);
  made.push(id);
  const insertImportKey = { id: id.toString('hex'), stored, createdAt: Math.floor(now) };
  return { change: { insertImportKey }, answer: id };
}

/** `undefined` for a row that is not as this service wrote it: its tokens do not open, the others' do. */
function loaded({ stored }: ImportKeyRow, { table }: Pick<ControlPlane, 'table'>): Uint8Array | undefined {
  try {
    return table.loadImportKey(stored);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Takes the import key that a token names into native memory, if there is one that is sound. */
export function loadImportKeyOf(token: Uint8Array, rows: readonly ImportKeyRow[], plane: Pick<ControlPlane, 'table'>): void {
  const named = Buffer.from(token.subarray(tokenKeyIdStart, tokenKeyIdEnd)).toString('hex');
  const row = rows.find(({ id }) => id === named);
  if (row !== undefined) loaded(row, plane);
}

/** Destroys import keys that are 48 hours old: from then on nothing opens their tokens. */
export async function destroyOldImportKeys(plane: ControlPlane): Promise<void> {
  const bornBefore = plane.clock.steadyNow() - importKeyLifetimeMs;
  const destroyed = await plane.keyring.change(async (reading) => {
    const old = (await reading.importKeys()).filter(({ createdAt }) => createdAt <= bornBefore).map(({ id }) => id);
    return old.length === 0 ? { answer: old } : { change: { deleteImportKeys: old }, answer: old };
  });
  for (const id of destroyed) plane.table.evictImportKey(Buffer.from(id, 'hex'));
}

export function invalidImportToken(why: string): KmsError {
  return new KmsError(
    'INVALID_IMPORT_TOKEN',
    `import_token ${why}; GetParametersForImport makes a new one, with its own public key.`,
  );
}

/** Where a token names its import key (docs/FORMATS.md, "Import token"). */
const tokenKeyIdStart = 1;
const tokenKeyIdEnd = 17;
