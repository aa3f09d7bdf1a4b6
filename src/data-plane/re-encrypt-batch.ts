import type { BatchDecision, ParsedBatch } from '../crypto/batch-calls.ts';
import type { KmsError } from '../errors.ts';
import { Missing } from '../keyring/missing.ts';
import type { KeyId } from '../keys/key-id.ts';
import { accessDenied } from '../permission/permission.ts';
import type { DecidedMaterials } from './batch-materials.ts';
import type { BatchCall } from './batch.ts';
import { ItemContexts } from './contexts.ts';
import type { DataPlaneCall } from './data-plane.ts';
import { type NamedKey, currentBackingKey, namedKey, requireUse } from './find-keys.ts';
import { type ItemPermission, itemPermission, permittedForItems } from './item-permission.ts';

/** Decides about a BatchReEncrypt: the destination before any source is opened. */
export function reEncryption({ batch, materials, call }: BatchCall): BatchDecision | Missing {
  const { plane, caller } = call;
  const destination = namedKey({ action: to, name: batch.destinationKeyId, field: 'destination_key_id' }, call);
  if (destination instanceof Missing) return destination;
  const { keyId } = destination.found.key;

  const asked = { action: from, contexts: new ItemContexts(batch, plane.batches.texts) } as const;
  const factsOf = (ownerId: KeyId | undefined) => ({ onSameKey: () => ownerId === keyId });
  const source =
    batch.keyId === '' ? undefined : permittedForItems({ ...asked, name: batch.keyId, field: 'source_key_id', factsOf }, call);
  if (source instanceof Missing) return source;
  if (source !== undefined) {
    // A source that cannot be used is not to tell that there is a destination.
    const permitted = destinationPermissions({ batch, destination, owners: [source.snapshot.key.keyId] }, call);
    if (permitted instanceof Missing) return permitted;
    requireUse(source.snapshot, plane);
  }
  const sources = materials.decide(source, (ownerId) => ({ ...asked, facts: factsOf(ownerId), caller }));
  if (sources instanceof Missing) return sources;

  const permissions = destinationPermissions({ batch, destination, owners: sources.owners }, call);
  if (permissions instanceof Missing) return permissions;
  const backing = currentBackingKey(destination.found, plane);
  if (backing instanceof Missing) return backing;
  const decrypting = sources.decrypting.map((decision, material) => {
    if (typeof decision !== 'number') return decision;
    return permissions.get(sources.owners[material] === keyId)?.refusal ?? decision;
  });
  return { arnBytes: noArn, encrypting: backing.handle, decrypting, ...refusals(sources, permissions) };
}

/** What the caller may do with the destination, where source and destination are one key and where not, as far as there is either. */
function destinationPermissions(
  { batch, destination, owners: known }: { batch: ParsedBatch; destination: NamedKey; owners: DecidedMaterials['owners'] },
  { plane, caller }: DataPlaneCall,
): ReadonlyMap<boolean, ItemPermission> | Missing {
  const { found, requestAlias } = destination;
  const contexts = new ItemContexts(batch, plane.batches.texts, 'destination');
  const owners = known.filter((ownerId) => ownerId !== undefined);
  const cases = new Set(owners.length === 0 ? [false] : owners.map((ownerId) => ownerId === found.key.keyId));
  const permissions = new Map<boolean, ItemPermission>();
  for (const isSame of cases) {
    const facts = { requestAlias, onSameKey: () => isSame };
    const permission = itemPermission({ action: to, facts, contexts, caller }, found);
    if (permission instanceof Missing) return permission;
    permissions.set(isSame, permission);
  }
  if ([...permissions.values()].every(({ refusal }) => refusal !== undefined)) throw accessDenied();
  return permissions;
}

function refusals(
  sources: DecidedMaterials,
  permissions: ReadonlyMap<boolean, ItemPermission>,
): Pick<BatchDecision, 'refusedItems'> {
  const { refusalOf } = sources;
  const ofDestination = [...permissions.values()].flatMap((permission) => permission.refusalOf ?? []);
  if (refusalOf === undefined && ofDestination.length === 0) return {};
  return {
    refusedItems: {
      ...(refusalOf === undefined ? {} : { ofColumn: (value: string, material = 0) => refusalOf(value, material) }),
      ...(ofDestination.length === 0 ? {} : { ofDestinationColumn: (value: string) => firstRefusal(value, ofDestination) }),
    },
  };
}

/** Where some items stay with their key and others do not, each has to be allowed for both. */
function firstRefusal(value: string, refusalsOf: readonly ((value: string) => KmsError | undefined)[]): KmsError | undefined {
  for (const refusalOf of refusalsOf) {
    const refusal = refusalOf(value);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

const from = 'kms:ReEncryptFrom';
const to = 'kms:ReEncryptTo';
const noArn = new Uint8Array();
