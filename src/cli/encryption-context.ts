import { InvalidArgumentError } from 'commander';

export type EncryptionContext = Readonly<Record<string, string>>;

/** Adds one `key=value` of the command line; the first `=` ends the key. A repeated key is refused: one of the two would be lost. */
export function withPair(text: string, context: EncryptionContext = {}): EncryptionContext {
  const separator = text.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('Give key=value.');
  // Node replaces what is not UTF-8 on the command line by U+FFFD; the ciphertext would be bound to that.
  if (text.includes('\ufffd')) throw new InvalidArgumentError('It is not valid UTF-8.');
  const key = text.slice(0, separator);
  if (Object.hasOwn(context, key)) throw new InvalidArgumentError(`The key "${key}" is given twice.`);
  return { ...context, [key]: text.slice(separator + 1) };
}
