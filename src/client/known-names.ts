/**
 * Refuses names that nobody reads, where callers without types would otherwise not hear of it: a mistyped encryption context encrypts
 * without it. `what` is the function that takes them. Throws TypeError.
 */
export function refuseUnknownNames(what: string, given: unknown, known: KnownNames): void {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${what}: give an object; it may have ${listed(known)}.`);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) throw new TypeError(`${what}: "${name}" is unknown; ${nearest(name, known)}`);
  }
}

/** Throws TypeError, in terms of this library, for what the server would refuse in its own. */
export function refuseNoKey(what: string, option: string, keyId: unknown): void {
  if (typeof keyId !== 'string')
    throw new TypeError(`${what}: ${option} is missing; give a key id, key ARN, alias/<name> or alias ARN.`);
}

/** The names that something takes: a property each. */
export type KnownNames = Readonly<Record<string, true>>;

function nearest(name: string, known: KnownNames): string {
  const meant = Object.keys(known).find((candidate) => spelling(candidate) === spelling(name));
  if (meant !== undefined) return `did you mean ${meant}?`;
  return Object.keys(known).length === 0 ? 'there are none.' : `there are ${listed(known)}.`;
}

/** What `encryption_context` and `encryptionContext` have in common. */
function spelling(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}

function listed(known: KnownNames): string {
  return Object.keys(known).join(', ');
}
