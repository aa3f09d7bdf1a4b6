/** Text of a document in a message: in quotes, cut to 100 characters, on one line. */
export function shown(text: string): string {
  return JSON.stringify(text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text);
}

const maxCharacters = 100;
