import type { Key } from '../keys/key.ts';

/** Which keys the caller of a list may describe: a list shows no others. */
export interface MayDescribe {
  readonly mayDescribe: (key: Key) => Promise<boolean>;
  /** Any key, also one that cannot be read. */
  readonly mayDescribeAny: () => boolean;
}
