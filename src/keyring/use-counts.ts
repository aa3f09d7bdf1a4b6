import { setImmediate } from 'node:timers/promises';
import type { NativeKeyTable } from '../crypto/native.ts';
import { takeUses } from '../crypto/take-uses.ts';
import type { KeyId } from '../keys/key-id.ts';
import type { KeyMaterialId } from '../keys/key-material-id.ts';
import { type Uses, plausibleUses, sumOfUses } from '../keys/uses.ts';
import type { Store } from '../storage/store.ts';
import type { MaterialTable } from './material-table.ts';
import { orUnavailable } from './store-outage.ts';
import { WaitingUses } from './waiting-uses.ts';

/**
 * What backing keys are used for. The native table counts, `flush` adds it to the store now and then, and what the store could not
 * take waits here. Reads put the three together, so that a use shows at once. Advisory: what was not flushed is lost with
 * the process, what a store took without saying so counts twice, and anybody may have edited what the store has.
 */
export class UseCounts {
  /** Since when uses are counted in this store, in milliseconds since 1970. */
  readonly since: number;
  readonly #native: Pick<NativeKeyTable, 'takeUses'>;
  readonly #store: Pick<Store, 'addUses' | 'readUses' | 'sumUses'>;
  /** Taken from the native table, and not in the store. */
  readonly #waiting: WaitingUses;
  /** Fulfils when what is being added is in the store, or waits again. */
  #writing: Promise<void> = Promise.resolve();

  constructor({ native, store, materials }: UseSources) {
    this.since = store.usesSince;
    this.#native = native;
    this.#store = store;
    this.#waiting = new WaitingUses(maxWaiting, (id) => materials.ownerOf(id));
  }

  /** Backing keys whose uses wait to be added to the store: `maxWaiting` at most, uses of further ones are lost. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Adds everything up to now to the store. Throws KEY_UNAVAILABLE; what is not known to be there waits for the next time. */
  async flush(): Promise<void> {
    this.#take();
    for (let left = this.#waiting.size; left > 0; left -= rowsAtOnce) {
      const write = this.#write(this.#waiting.takeOut(Math.min(left, rowsAtOnce)));
      this.#writing = write.catch(() => undefined);
      await write;
      // The store answers without a wait: calls get their turn between one write and the next.
      await setImmediate();
    }
  }

  /** Uses of all of a key's backing keys together, up to now; `undefined`: none. Throws KEY_UNAVAILABLE. */
  async ofKey(keyId: KeyId): Promise<Uses | undefined> {
    await this.#writing;
    this.#take();
    const waiting = this.#waiting.ofKey(keyId);
    const stored = await orUnavailable(this.#store.sumUses(keyId));
    return sumOfUses(stored === undefined ? waiting : [plausibleUses(stored), ...waiting]);
  }

  /** Uses of these backing keys of a key, up to now; of what is not in the map there are none. Throws KEY_UNAVAILABLE. */
  async ofMaterials(keyId: KeyId, ids: readonly KeyMaterialId[]): Promise<ReadonlyMap<KeyMaterialId, Uses>> {
    await this.#writing;
    this.#take();
    const known = ids.map((id) => [id, this.#waiting.ofMaterial(keyId, id)] as const);
    const rows = await orUnavailable(this.#store.readUses(keyId, ids));
    const stored = new Map(rows.map(({ keyMaterialId, ...uses }) => [keyMaterialId, plausibleUses(uses)]));
    return new Map(
      known.flatMap(([id, waiting]) => {
        const uses = sumOfUses([stored.get(id), waiting].filter((part) => part !== undefined));
        return uses === undefined ? [] : [[id, uses]];
      }),
    );
  }

  #take(): void {
    for (const [id, uses] of takeUses(this.#native)) this.#waiting.add(id, uses);
  }

  async #write(entries: readonly (readonly [KeyMaterialId, Uses])[]): Promise<void> {
    try {
      await orUnavailable(this.#store.addUses(entries.map(([keyMaterialId, uses]) => ({ keyMaterialId, ...uses }))));
    } catch (error) {
      for (const [id, uses] of entries) this.#waiting.add(id, uses);
      throw error;
    }
  }
}

interface UseSources {
  readonly native: Pick<NativeKeyTable, 'takeUses'>;
  readonly store: Pick<Store, 'usesSince' | 'addUses' | 'readUses' | 'sumUses'>;
  /** Which key a backing key that was used is of. */
  readonly materials: Pick<MaterialTable, 'ownerOf'>;
}

/** Twice what the native table holds at once: a store that takes nothing must not fill memory. */
const maxWaiting = 65_536;
/** A write takes a few milliseconds, in which no call is answered. */
const rowsAtOnce = 100;
