import type { ActionName } from '../access/actions.ts';
import type { Decision } from '../access/decision.ts';
import type { KmsError } from '../errors.ts';
import { Missing } from '../keyring/missing.ts';
import type { KeySnapshot } from '../keyring/keyring.ts';
import type { KeyId } from '../keys/key-id.ts';
import { type CallFacts, NotLoaded } from '../permission/call-facts.ts';
import { accessDenied } from '../permission/permission.ts';
import type { ItemContexts } from './contexts.ts';
import type { DataPlaneCall, DataPlaneCaller } from './data-plane.ts';
import { namedKey } from './find-keys.ts';

/** What is asked about the items of a batch. */
export interface ItemQuestion {
  readonly action: ActionName;
  readonly facts: Omit<CallFacts, 'context'>;
  readonly contexts: ItemContexts;
  readonly caller: DataPlaneCaller;
}

/** Whether the caller may do it with a key: for all items alike, or for each by its value in the column. */
export interface ItemPermission {
  /** Why no item may be; absent when some may. */
  readonly refusal?: KmsError;
  /** Why the items of one value may not be, where that depends on it. Throws `NotLoaded`. */
  readonly refusalOf?: (value: string) => KmsError | undefined;
}

/** A key that a batch names, and what is asked about its items. */
export interface WantedItems extends Pick<ItemQuestion, 'action' | 'contexts'> {
  readonly name: string;
  readonly field: string;
  readonly factsOf: (keyId: KeyId) => ItemQuestion['facts'];
}

/** A key that a batch names, if the caller may do it for some of the items. Throws ACCESS_DENIED also for one that there is not. */
export function permittedForItems({ contexts, factsOf, ...wanted }: WantedItems, call: DataPlaneCall): PermittedKey | Missing {
  const named = namedKey(wanted, call);
  if (named instanceof Missing) return named;
  const { found: snapshot, requestAlias } = named;
  const facts = { ...factsOf(snapshot.key.keyId), requestAlias };
  const permission = itemPermission({ action: wanted.action, facts, contexts, caller: call.caller }, snapshot);
  if (permission instanceof Missing) return permission;
  if (permission.refusal !== undefined) throw permission.refusal;
  return { snapshot, permission };
}

/** A key that the caller named, and what of it the caller may do. */
export interface PermittedKey {
  readonly snapshot: KeySnapshot;
  readonly permission: ItemPermission;
}

/**
 * Decides once for the first item. What it depended on says whether it holds for all of them: the others have the same context
 * but for the value of one key.
 */
export function itemPermission({ action, facts, contexts, caller }: ItemQuestion, snapshot: KeySnapshot): ItemPermission | Missing {
  const decide = (context: () => ReadonlyMap<string, string>) =>
    caller.permission.decideOnKey(action, snapshot, { ...facts, context });
  const decision = decide(() => contexts.first());
  if (decision instanceof Missing) return decision;
  if (!dependsOnColumn(decision, contexts.columnKey)) return decision.allowed ? {} : { refusal: accessDenied() };
  return {
    refusalOf: (value) => {
      const ofValue = decide(() => contexts.withValue(value));
      if (ofValue instanceof Missing) throw new NotLoaded(ofValue);
      return ofValue.allowed ? undefined : accessDenied();
    },
  };
}

function dependsOnColumn({ reads }: Decision, columnKey: string): boolean {
  if (columnKey === '') return false;
  return reads.list().some(({ name, parameter }) => name === 'kms:EncryptionContext' && parameter === columnKey);
}
