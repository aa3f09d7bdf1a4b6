import { shown } from './shown-text.ts';

/**
 * A value of a policy's JSON, with the offset at which it begins. Members are a map, so that a name such as `__proto__` is a name like
 * any other. A number keeps its spelling: policies compare text.
 */
export type JsonValue = JsonObject | JsonList | JsonScalar | { readonly kind: 'null'; readonly at: number };

export interface JsonObject {
  readonly kind: 'object';
  readonly members: ReadonlyMap<string, JsonMember>;
  readonly at: number;
}

interface JsonMember {
  readonly value: JsonValue;
  /** Where its name begins. */
  readonly at: number;
}

interface JsonList {
  readonly kind: 'list';
  readonly items: readonly JsonValue[];
  readonly at: number;
}

export interface JsonScalar {
  readonly kind: 'string' | 'number' | 'boolean';
  readonly text: string;
  readonly at: number;
}

/** Where the text stops being JSON, and what is wrong there. */
export interface JsonFault {
  readonly at: number;
  readonly message: string;
}

/**
 * JSON by RFC 8259, and stricter where readers differ: a member's name stands once, strings are well-formed Unicode, values are nested
 * at most 16 deep. Takes time in proportion to the text.
 */
export function readPolicyJson(text: string): { readonly value: JsonValue } | { readonly fault: JsonFault } {
  try {
    return { value: new JsonReader(text).readDocument() };
  } catch (error) {
    if (error instanceof FaultFound) return { fault: error.fault };
    throw error;
  }
}

/** Leaves the reader from any depth, and never this file. */
class FaultFound extends Error {
  readonly fault: JsonFault;

  constructor(at: number, message: string) {
    super(message);
    this.fault = { at, message };
  }
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readDocument(): JsonValue {
    this.#skipSpace();
    const value = this.#readValue(1);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw new FaultFound(this.#at, 'nothing may follow the document.');
    return value;
  }

  #readValue(depth: number): JsonValue {
    if (depth > maxDepth) throw new FaultFound(this.#at, `values are nested at most ${maxDepth} deep.`);
    const at = this.#at;
    switch (this.#text[at] ?? '') {
      case '{':
        return { kind: 'object', members: this.#readMembers(depth), at };
      case '[':
        return { kind: 'list', items: this.#readItems(depth), at };
      case '"':
        return { kind: 'string', text: this.#readString(), at };
      default:
        return this.#readWord();
    }
  }

  #readMembers(depth: number): Map<string, JsonMember> {
    const members = new Map<string, JsonMember>();
    this.#at++;
    if (this.#takes('}')) return members;
    do {
      this.#skipSpace();
      const at = this.#at;
      if (this.#text[at] !== '"') throw new FaultFound(at, 'the name of a member in double quotes must stand here.');
      const name = this.#readString();
      if (members.has(name)) throw new FaultFound(at, `${shown(name)} stands twice in one object; keep one.`);
      if (!this.#takes(':')) throw new FaultFound(this.#at, 'a colon must stand here.');
      this.#skipSpace();
      members.set(name, { value: this.#readValue(depth + 1), at });
    } while (this.#takes(','));
    if (!this.#takes('}')) throw new FaultFound(this.#at, 'a comma or } must stand here.');
    return members;
  }

  #readItems(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at++;
    if (this.#takes(']')) return items;
    do {
      this.#skipSpace();
      items.push(this.#readValue(depth + 1));
    } while (this.#takes(','));
    if (!this.#takes(']')) throw new FaultFound(this.#at, 'a comma or ] must stand here.');
    return items;
  }

  #readString(): string {
    const begun = this.#at;
    const parts: string[] = [];
    this.#at++;
    for (let plainFrom = this.#at; ; plainFrom = this.#at) {
      while (isPlain(this.#text.charCodeAt(this.#at))) this.#at++;
      parts.push(this.#text.slice(plainFrom, this.#at));
      const end = this.#text[this.#at];
      if (end === undefined) throw new FaultFound(begun, 'a string begins here that does not end.');
      if (end === '"') break;
      if (end !== '\\') throw new FaultFound(this.#at, 'a control character stands in a string; write it as \\uXXXX.');
      parts.push(this.#readEscape());
    }
    this.#at++;
    const string = parts.join('');
    if (!string.isWellFormed()) throw new FaultFound(begun, 'the string has half of a surrogate pair, which is no character.');
    return string;
  }

  #readEscape(): string {
    const at = this.#at;
    const letter = this.#text[at + 1] ?? '';
    const digits = this.#text.slice(at + 2, at + 6);
    if (letter === 'u' && fourHexDigits.test(digits)) {
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escapes.get(letter);
    if (character === undefined) throw new FaultFound(at, 'an escape is \\ and one of "\\/bfnrt, or \\u and four hex digits.');
    this.#at += 2;
    return character;
  }

  #readWord(): JsonValue {
    const at = this.#at;
    word.lastIndex = at;
    const text = word.exec(this.#text)?.[0] ?? '';
    this.#at += text.length;
    if (text === 'null') return { kind: 'null', at };
    if (text === 'true' || text === 'false') return { kind: 'boolean', text, at };
    if (number.test(text)) return { kind: 'number', text, at };
    throw new FaultFound(at, 'a value must stand here: {, [, a string in double quotes, a number, true or false.');
  }

  /** Skips space, and the character if it comes next. */
  #takes(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (space.has(this.#text[this.#at] ?? '')) this.#at++;
  }
}

/** What a string may hold as it is. NaN, the code beyond the text, is not. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code !== quote && code !== backslash;
}

const maxDepth = 16;
const quote = 0x22;
const backslash = 0x5c;
const space: ReadonlySet<string> = new Set(' \t\n\r');
const escapes: ReadonlyMap<string, string> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
);
const fourHexDigits = /^[0-9A-Fa-f]{4}$/;
/** A number or a literal, well spelled or not. */
const word = /[-+.0-9A-Za-z]*/y;
const number = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
