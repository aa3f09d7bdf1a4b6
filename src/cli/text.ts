/**
 * Text from elsewhere, for a terminal: control characters, line breaks and direction overrides are written as escapes, so that a
 * description can neither move the cursor nor pretend to be another line.
 */
export function visible(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

/**
 * Facts about one thing, a line each, or more where a value has several lines. On a terminal a value that is too long for its line
 * stands alone below, whole, so that it can be copied; elsewhere (`width` infinite) it stays in its line, for grep and awk.
 */
export function details(facts: readonly (readonly [label: string, value: string])[], width = terminalLine()): string {
  const labelWidth = Math.max(...facts.map(([label]) => label.length)) + 2;
  const lines = facts.map(([label, value]) => {
    const valueLines = value.split('\n');
    const fits = valueLines.every((line) => labelWidth + line.length <= width);
    return fits
      ? `${label.padEnd(labelWidth)}${valueLines.join(`\n${' '.repeat(labelWidth)}`)}`
      : `${label}\n  ${valueLines.join('\n  ')}`;
  });
  return `${lines.join('\n')}\n`;
}

function terminalLine(): number {
  return process.stdout.isTTY ? longestLine : Infinity;
}

/** `KEY_STATE_PENDING_DELETION` without its prefix in words: `pending deletion`. */
export function words(enumValue: string, prefix: string): string {
  return bare(enumValue, prefix).toLowerCase().replaceAll('_', ' ');
}

/** An enum's value without the enum's name, for names that people know: `SYMMETRIC_DEFAULT`. */
export function bare(enumValue: string, prefix: string): string {
  return enumValue.startsWith(prefix) ? enumValue.slice(prefix.length) : enumValue;
}

/** `1 byte`, `3 bytes`, `0 bytes`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** Control characters (C0, DEL, C1), line and paragraph separators, what changes the direction of text. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const longestLine = 80;
