import { BoundedMap } from './bounded-map.ts';
import { Missing } from './missing.ts';

/** Things of one kind, as far as they are in memory, and names that nothing in the store has: asking for one again costs no read. */
export class Remembered<Name, T> {
  readonly #known: BoundedMap<Name, T>;
  readonly #absent: BoundedMap<Name, true>;

  constructor({ maxKnown, maxAbsent }: { readonly maxKnown: number; readonly maxAbsent: number }) {
    this.#known = new BoundedMap(maxKnown);
    this.#absent = new BoundedMap(maxAbsent);
  }

  /** `undefined` when there is no such thing. */
  look(name: Name, load: () => Promise<void>): T | Missing | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    return this.#absent.get(name) ? undefined : new Missing(load);
  }

  /** The thing, if it is in memory. */
  known(name: Name): T | undefined {
    return this.#known.get(name);
  }

  /** What a name was found to mean; `undefined`: nothing. */
  take(name: Name, found: T | undefined): void {
    this.forget(name);
    if (found === undefined) this.#absent.set(name, true);
    else this.#known.set(name, found);
  }

  forget(name: Name): void {
    this.#known.delete(name);
    this.#absent.delete(name);
  }

  forgetWhere(isMeant: (thing: T) => boolean, nameOf: (thing: T) => Name): void {
    for (const thing of this.#known.values()) if (isMeant(thing)) this.forget(nameOf(thing));
  }

  clear(): void {
    this.#known.clear();
    this.#absent.clear();
  }
}
