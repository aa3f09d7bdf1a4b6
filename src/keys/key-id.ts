/** A key's id: a UUID in lower case. It never changes and is never used again. */
export type KeyId = string & { readonly [brand]: 'KeyId' };

/** `undefined` when the text is not a key id. Upper case is not: one key, one spelling. */
export function parseKeyId(text: string): KeyId | undefined {
  return isKeyId(text) ? (text as KeyId) : undefined;
}

/** Asked at every call: a regular expression costs a twentieth of what Encrypt adds to a call. */
function isKeyId(text: string): boolean {
  if (text.length !== layout.length) return false;
  for (let index = 0; index < layout.length; index++) {
    const code = text.charCodeAt(index);
    const fits = layout.charCodeAt(index) === hyphen ? code === hyphen : isLowerHexDigit(code);
    if (!fits) return false;
  }
  return true;
}

function isLowerHexDigit(code: number): boolean {
  return (code >= digit0 && code <= digit9) || (code >= letterA && code <= letterF);
}

declare const brand: unique symbol;
const layout = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
const hyphen = 0x2d;
const digit0 = 0x30;
const digit9 = 0x39;
const letterA = 0x61;
const letterF = 0x66;
