/** A pattern of AWS policies: `*` stands for any characters, also none, and `?` for exactly one. */
export type Matches = (text: string) => boolean;

/**
 * Compiles a pattern, whose case counts. It takes time in proportion to text times longest part at most, whatever the pattern: every
 * star is settled once, where its part first fits, since a later place leaves less room for what follows.
 */
export function wildcard(pattern: string): Matches {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return literal(first);
  const middle = rest.filter((part) => part !== '');
  return (text) => {
    if (text.length < first.length + last.length || !fitsAt(text, first, 0)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const part of middle) {
      const found = find(text, part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end && fitsAt(text, last, end);
  };
}

/** Whether a pattern stands for more than itself. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

function literal(pattern: string): Matches {
  if (!pattern.includes('?')) return (text) => text === pattern;
  return (text) => text.length === pattern.length && fitsAt(text, pattern, 0);
}

function find(text: string, part: string, start: number): number {
  if (!part.includes('?')) return text.indexOf(part, start);
  for (let at = start; at + part.length <= text.length; at++) if (fitsAt(text, part, at)) return at;
  return -1;
}

function fitsAt(text: string, part: string, start: number): boolean {
  if (!part.includes('?')) return text.startsWith(part, start);
  if (start + part.length > text.length) return false;
  for (let at = 0; at < part.length; at++) if (part[at] !== '?' && part[at] !== text[start + at]) return false;
  return true;
}
