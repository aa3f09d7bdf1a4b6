import type { BatchItem } from './batch-messages.ts';

/** The keys of an item's context columns. */
export interface Columns {
  readonly itemContextKey: string | undefined;
  readonly destinationItemContextKey?: string | undefined;
}

/** The key of a context column, where there is one. */
export function column(key: string | undefined): string | undefined {
  if (key === '') throw new TypeError('A context column needs a key that is not empty.');
  return key;
}

type Item<Payload extends string> =
  | Uint8Array
  | ({ readonly [Name in Payload]: Uint8Array } & {
      readonly itemContextValue?: string;
      readonly destinationItemContextValue?: string;
    });

/**
 * An item as it is sent; a row's value is that of both columns, unless the destination has one of its own. Throws TypeError for what
 * is no item, and where values do not go with the columns: an item that nothing binds to its row would be noticed too late.
 */
export function columnItem<Payload extends string>(name: Payload, item: Item<Payload>, columns: Columns): BatchItem {
  const isBare = item instanceof Uint8Array;
  const payload: unknown = isBare ? item : item[name];
  // protobufjs would take a string for base64.
  if (!(payload instanceof Uint8Array)) throw new TypeError(`An item is a Uint8Array, or has one as its ${name}.`);
  const itemContextValue = isBare ? undefined : item.itemContextValue;
  const destinationItemContextValue = isBare ? undefined : item.destinationItemContextValue;
  const hasColumn = columns.itemContextKey !== undefined || columns.destinationItemContextKey !== undefined;
  if (itemContextValue !== undefined && !hasColumn) {
    throw new TypeError('An item has an itemContextValue, and there is no context column for it.');
  }
  if (destinationItemContextValue !== undefined && columns.destinationItemContextKey === undefined) {
    throw new TypeError('An item has a destinationItemContextValue, and there is no context column for it.');
  }
  return {
    payload,
    itemContextValue: valueIn(columns.itemContextKey, itemContextValue),
    destinationItemContextValue: valueIn(columns.destinationItemContextKey, destinationItemContextValue ?? itemContextValue),
  };
}

function valueIn(key: string | undefined, value: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  // Encoded, a lone surrogate would become U+FFFD, as every other one.
  if (typeof value === 'string' && value.isWellFormed()) return value;
  throw new TypeError(`Every item needs a value in the context column "${key}": a string that is well-formed.`);
}
