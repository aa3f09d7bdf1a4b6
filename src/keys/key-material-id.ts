/** Names one backing key and commits to its bytes: 64 lower-case hex digits (docs/FORMATS.md, "From material to key and id"). */
export type KeyMaterialId = string & { readonly [brand]: 'KeyMaterialId' };

/** `undefined` when the text is not a key material id. */
export function parseKeyMaterialId(text: string): KeyMaterialId | undefined {
  return pattern.test(text) ? (text as KeyMaterialId) : undefined;
}

declare const brand: unique symbol;
const pattern = /^[0-9a-f]{64}$/;
