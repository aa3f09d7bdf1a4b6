import { KmsError } from '../errors.ts';
import { importKeyLifetimeMs, importTokenLifetimeMs } from '../keys/key-import.ts';
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
    if (newest !== undefined && now - newest.createdAt < importTokenLifetimeMs) {
      return { answer: plane.table.loadImportKey(newest.stored) };
    }
    const { id, stored } = plane.table.createImportKey(plane.domainKeyId);
    made.push(id);
    const insertImportKey = { id: id.toString('hex'), stored, createdAt: Math.floor(now) };
    return { change: { insertImportKey }, answer: id };
  });
}

/** Takes all import keys that still exist into native memory, so that their tokens open. */
export async function loadImportKeys(plane: ControlPlane): Promise<void> {
  await plane.keyring.change(async (reading) => {
    for (const { stored } of await reading.importKeys()) plane.table.loadImportKey(stored);
    return { answer: undefined };
  });
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
