/** In lower case, as far as it is ASCII: the Kelvin sign is no letter k, as it would be for `toLowerCase`. */
export function asciiLowerCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
