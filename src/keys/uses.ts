/**
 * How often a backing key, or all those of a key, were used, and when. Advisory: it is shown, and nothing is decided by it. Times
 * are milliseconds since 1970.
 */
export interface Uses {
  readonly encryptions: number;
  readonly decryptions: number;
  /** That were encrypted, decrypted or made. */
  readonly plaintextBytes: number;
  readonly firstUsedAt: number;
  readonly lastUsedAt: number;
}

/** Uses, and since when they were counted. */
export interface CountedUses {
  /** Absent when there was none since then. */
  readonly uses?: Uses;
  /** The uses are all that there ever were if nothing could be used earlier. */
  readonly since: number;
}

/** Of a key or backing key, in a store that counts since `since`. */
export function countedUses(
  uses: Uses | undefined,
  { createdAt }: { readonly createdAt: number },
  { since }: { readonly since: number },
): CountedUses {
  return { ...(uses && { uses }), since: Math.max(since, createdAt) };
}

/** Uses from where anybody may have written anything: numbers that can be added up and dates that can be shown. */
export function plausibleUses(uses: Uses): Uses {
  const upTo = (most: number, value: number) => Math.min(Math.max(Math.trunc(value), 0), most);
  return {
    encryptions: upTo(Number.MAX_SAFE_INTEGER, uses.encryptions),
    decryptions: upTo(Number.MAX_SAFE_INTEGER, uses.decryptions),
    plaintextBytes: upTo(Number.MAX_SAFE_INTEGER, uses.plaintextBytes),
    firstUsedAt: upTo(endOfDates, uses.firstUsedAt),
    lastUsedAt: upTo(endOfDates, uses.lastUsedAt),
  };
}

/** All of them together; `undefined` when there are none. */
export function sumOfUses(all: readonly Uses[]): Uses | undefined {
  const [first, ...others] = all;
  return first && others.reduce(addedUses, first);
}

/** Both together. */
export function addedUses(a: Uses, b: Uses): Uses {
  return {
    encryptions: a.encryptions + b.encryptions,
    decryptions: a.decryptions + b.decryptions,
    plaintextBytes: a.plaintextBytes + b.plaintextBytes,
    firstUsedAt: Math.min(a.firstUsedAt, b.firstUsedAt),
    lastUsedAt: Math.max(a.lastUsedAt, b.lastUsedAt),
  };
}

/** The last moment of the year 9999, which is the last that google.protobuf.Timestamp has. */
const endOfDates = 253_402_300_799_999;
