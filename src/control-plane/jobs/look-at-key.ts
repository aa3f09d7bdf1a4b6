import { type Look, judge } from '../../keys/deletion.ts';
import type { KeyId } from '../../keys/key-id.ts';
import { summary, withoutBytes } from '../../keys/key-import.ts';
import { stateDated } from '../../keys/key-state.ts';
import type { ImportedMaterial, Key, SeenDue } from '../../keys/key.ts';
import { countedFromNow, isRotationDue } from '../../keys/rotation.ts';
import type { Tombstone } from '../../keys/tombstone.ts';
import { type MaterialChange, erased } from '../../keyring/change.ts';
import type { Decision } from '../../keyring/keyring.ts';
import type { Reading } from '../../keyring/reading.ts';
import type { ControlPlane } from '../control-plane.ts';
import { automaticRotation } from '../rotate-automatically.ts';

/** What a look did to a key. */
export type KeyEvent = 'ROTATED' | 'MATERIAL_DESTROYED' | 'DESTROYED';

/** Does what is due for one key. Decided anew when the key changes meanwhile, so that nothing is done twice. */
export async function lookAtKey(keyId: KeyId, look: Look, plane: ControlPlane): Promise<KeyEvent | undefined> {
  return plane.keyring.change(async (reading): Promise<Decision<KeyEvent | undefined>> => {
    const key = await reading.findKey(keyId);
    if (key === undefined) return { answer: undefined };

    const deletion = judge(key.deletion?.date, key.deletion?.due, look);
    if (deletion === 'destroy') return { change: { destroyKey: tombstone(key, look.now) }, answer: 'DESTROYED' };
    const expiry = judge(firstExpiry(key.imported), key.imported?.due, look);
    if (expiry === 'destroy') return destroyExpired(withSeen(key, deletion, 'wait'), { reading, look });

    const seen = countedFromNow(withSeen(key, deletion, expiry), look.now);
    if (isRotationDue(seen, look.now)) return { change: automaticRotation(seen, look.now, plane), answer: 'ROTATED' };
    return seen === key ? { answer: undefined } : { change: { updateKey: seen }, answer: undefined };
  });
}

function tombstone({ keyId, createdAt, materialCount, deletion }: Key, now: number): Tombstone {
  if (deletion === undefined) throw new Error('A key whose deletion is not pending was to be destroyed.');
  return { keyId, createdAt, materialCount, deletionRequestedAt: deletion.requestedAt, destroyedAt: now };
}

function firstExpiry(imported: ImportedMaterial | undefined): number | undefined {
  const first = Math.min(imported?.expiresAt ?? Infinity, imported?.pendingExpiresAt ?? Infinity);
  return first === Infinity ? undefined : first;
}

type Noted = Exclude<ReturnType<typeof judge>, 'destroy'>;

function withSeen(key: Key, deletion: Noted, expiry: Noted): Key {
  let seen = key;
  if (deletion !== 'wait' && seen.deletion) seen = { ...seen, deletion: withDue(seen.deletion, deletion.due) };
  if (expiry !== 'wait' && seen.imported) seen = { ...seen, imported: withDue(seen.imported, expiry.due) };
  return seen;
}

function withDue<T extends { readonly due?: SeenDue }>({ due: _, ...rest }: T, due: SeenDue | undefined) {
  return due === undefined ? rest : { ...rest, due };
}

/** Only what had expired when the grace began has been due for all of it. */
async function destroyExpired(key: Key, { reading, look }: Grounds): Promise<Decision<KeyEvent>> {
  const since = key.imported?.due?.at ?? look.now;
  const entries = await reading.materials(key.keyId);
  const expired = entries.filter((entry) => isExpired(entry, since));
  const imported = summary(
    entries.map(({ material }) => (expired.some((entry) => entry.material === material) ? withoutBytes(material) : material)),
    key,
  );
  const updateKey = stateDated(key, { ...key, imported }, look.now);
  return { change: { updateKey, updateMaterials: expired.map(erased) }, answer: 'MATERIAL_DESTROYED' };
}

function isExpired({ material }: MaterialChange, at: number): boolean {
  return material.imported?.present === true && (material.imported.expiresAt ?? Infinity) <= at;
}

interface Grounds {
  readonly reading: Reading;
  readonly look: Look;
}
