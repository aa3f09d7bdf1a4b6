/** `undefined` when the text is not a decimal number of up to 15 digits, which doubles tell apart. */
export function parseDecimal(text: string): number | undefined {
  return text.length <= maxCharacters && pattern.test(text) ? Number(text) : undefined;
}

const pattern = /^-?[0-9]+(?:\.[0-9]+)?$/;
const maxCharacters = 15;
