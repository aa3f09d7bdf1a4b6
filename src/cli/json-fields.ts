/** Where a value stands in a line of JSON: `text.slice(start, end)` is it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Why a line cannot be worked on as a whole. */
export class LineFault extends Error {
  override readonly name = 'LineFault';
  readonly reason: string;
  readonly field: string | undefined;

  constructor(reason: string, message: string, field?: string) {
    super(message);
    this.reason = reason;
    this.field = field;
  }
}

/**
 * Finds the values of fields in a line that is a JSON object, without taking the rest apart: what is not replaced keeps its bytes. A
 * field is a name, or names joined by dots for objects in objects. Undefined for a field that is not there. Throws LineFault for a
 * line that is no JSON object, for a field that is there twice, of which readers take one or the other, and for one behind something
 * that is no object.
 */
export function findFields(text: string, fields: readonly string[]): (Span | undefined)[] {
  // Refuses what is not JSON, so that the scan below need not.
  if (!isObject(parsed(text))) throw new LineFault('NOT_AN_OBJECT', 'It is JSON, but no object.');
  const found = new Map<string, Span>();
  const wanted = new Set(fields);
  const parents = new Set(fields.flatMap(parentsOf));
  new Scan(text).object('', (path, span) => {
    const isParent = parents.has(path);
    if (!isParent && !wanted.has(path)) return false;
    if (found.has(path)) throw new LineFault('AMBIGUOUS_FIELD', 'It is there twice.', path);
    found.set(path, span);
    if (!isParent) return false;
    if (text[span.start] === '{') return true;
    if (text.startsWith('null', span.start)) return false;
    throw new LineFault('NOT_AN_OBJECT', 'Fields are to be found in it, but it is no object.', path);
  });
  return fields.map((field) => found.get(field));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the line, which may be secret.
    throw new LineFault('NOT_JSON', 'It is no JSON.');
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `a` and `a.b` of `a.b.c`. */
function parentsOf(field: string): string[] {
  const names = field.split('.');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('.'));
}

/** Walks through text that is known to be JSON. */
class Scan {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Calls `member` for each member of the object that stands next; where that says so, also for those of its value. */
  object(prefix: string, member: (path: string, span: Span) => boolean): void {
    this.#skipTo('{');
    for (this.#skipSpace(); this.#text[this.#at] !== '}'; this.#skipSpace()) {
      if (this.#text[this.#at] === ',') this.#at += 1;
      this.#skipSpace();
      const path = prefix + this.#name();
      this.#skipTo(':');
      this.#skipSpace();
      const start = this.#at;
      this.#value();
      const end = this.#at;
      if (!member(path, { start, end })) continue;
      this.#at = start;
      this.object(`${path}.`, member);
      this.#at = end;
    }
    this.#at += 1;
  }

  /** A member's name, with its escapes resolved: `"\u0061"` is `a`. One with a dot is no field's: `\0` is in no option. */
  #name(): string {
    const start = this.#at;
    this.#string();
    return String(JSON.parse(this.#text.slice(start, this.#at))).replaceAll('.', '\0');
  }

  #value(): void {
    const first = this.#text[this.#at];
    if (first === '"') this.#string();
    else if (first === '{' || first === '[') this.#nested();
    else while (!',}] \t\r\n'.includes(this.#text[this.#at] ?? ',')) this.#at += 1;
  }

  /** To behind the bracket that closes the one that stands here. */
  #nested(): void {
    let depth = 0;
    do {
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#string();
        continue;
      }
      if (character === '{' || character === '[') depth += 1;
      else if (character === '}' || character === ']') depth -= 1;
      this.#at += 1;
    } while (depth > 0);
  }

  #string(): void {
    this.#at += 1;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at += 1;
  }

  #skipSpace(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  #skipTo(character: string): void {
    this.#at = this.#text.indexOf(character, this.#at) + 1;
  }
}
