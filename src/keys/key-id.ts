/** A key's id: a UUID in lower case. It never changes and is never used again. */
export type KeyId = string & { readonly [brand]: 'KeyId' };

/** `undefined` when the text is not a key id. Upper case is not: one key, one spelling. */
export function parseKeyId(text: string): KeyId | undefined {
  return pattern.test(text) ? (text as KeyId) : undefined;
}

declare const brand: unique symbol;
const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
