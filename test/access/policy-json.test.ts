import { describe, expect, it } from 'vitest';
import { type JsonValue, readPolicyJson } from '../../src/access/policy-json.ts';

describe('JSON of a policy', () => {
  it.each([
    ['{}'],
    ['[]'],
    [' \t\r\n{ "a" : [ 1 , "b" ] , "c" : { "d" : null } } \n'],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"'],
    ['"😀"'],
    ['-0.5E+10'],
    ['true'],
  ])('reads %s as JSON.parse does', (text) => {
    expect(plain(read(text))).toEqual(JSON.parse(text));
  });

  it('keeps the spelling of numbers, which policies compare as text', () => {
    expect(read('1.50')).toEqual({ kind: 'number', text: '1.50', at: 0 });
  });

  it('says where each value and each name begins', () => {
    const value = read('{ "a": [true, 1] }');
    expect(value).toMatchObject({ kind: 'object', at: 0 });
    const member = value.kind === 'object' ? value.members.get('a') : undefined;
    expect(member).toMatchObject({ at: 2, value: { kind: 'list', at: 7, items: [{ at: 8 }, { at: 14 }] } });
  });

  it('takes __proto__, constructor and toString for names: no prototype pollution', () => {
    const value = read('{"__proto__": {"polluted": true}, "constructor": 1, "toString": 2, "hasOwnProperty": 3}');
    const names = value.kind === 'object' ? [...value.members.keys()] : [];
    expect(names).toEqual(['__proto__', 'constructor', 'toString', 'hasOwnProperty']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('what is no JSON of a policy', () => {
  it.each([
    ['', 0, 'a value must stand here'],
    ['\uFEFF{}', 0, 'a value must stand here'],
    ['{} {}', 3, 'nothing may follow'],
    ['{}\u00A0', 2, 'nothing may follow'],
    ['{"a":1,}', 7, 'the name of a member'],
    ["{'a':1}", 1, 'the name of a member'],
    ['{a:1}', 1, 'the name of a member'],
    ['{"a" 1}', 5, 'a colon'],
    ['{"a":1 "b":2}', 7, 'a comma or }'],
    ['[1 2]', 3, 'a comma or ]'],
    ['[1,]', 3, 'a value must stand here'],
    ['[', 1, 'a value must stand here'],
    ['{"a":1', 6, 'a comma or }'],
    ['// no comment', 0, 'a value must stand here'],
    ['True', 0, 'a value must stand here'],
    ['nullx', 0, 'a value must stand here'],
    ['01', 0, 'a value must stand here'],
    ['1.', 0, 'a value must stand here'],
    ['+1', 0, 'a value must stand here'],
    ['0x10', 0, 'a value must stand here'],
    ['NaN', 0, 'a value must stand here'],
    ['-Infinity', 0, 'a value must stand here'],
    ['["a', 1, 'a string begins here that does not end'],
    ['"a\nb"', 2, 'a control character'],
    ['"a\u0000b"', 2, 'a control character'],
    ['"a\\x"', 2, 'an escape is'],
    ['"a\\u12G4"', 2, 'an escape is'],
    ['"a\\', 2, 'an escape is'],
    ['"\\uD800"', 0, 'half of a surrogate pair'],
    ['"\\uDE00\\uD83D"', 0, 'half of a surrogate pair'],
    ['"\uD800"', 0, 'half of a surrogate pair'],
    ['{"\\uD800": 1}', 1, 'half of a surrogate pair'],
    ['{"a":1,"a":1}', 7, '"a" stands twice'],
    ['{"a":1,"\\u0061":2}', 7, '"a" stands twice'],
    ['{"__proto__":1,"__proto__":2}', 15, '"__proto__" stands twice'],
    [`${'['.repeat(17)}1${']'.repeat(17)}`, 16, 'at most 16 deep'],
    [`${'{"a":'.repeat(16)}1${'}'.repeat(16)}`, 80, 'at most 16 deep'],
  ])('%j is refused at %d: %s', (text, at, message) => {
    const result = readPolicyJson(text);
    expect(result).toMatchObject({ fault: { at, message: expect.stringContaining(message) } });
  });

  it('takes 15 values around one', () => {
    expect(readPolicyJson(`${'['.repeat(15)}1${']'.repeat(15)}`)).toHaveProperty('value');
  });
});

function read(text: string): JsonValue {
  const result = readPolicyJson(text);
  if ('fault' in result) throw new Error(`${result.fault.message} at ${result.fault.at}`);
  return result.value;
}

function plain(value: JsonValue): unknown {
  switch (value.kind) {
    case 'object':
      return Object.fromEntries([...value.members].map(([name, member]) => [name, plain(member.value)]));
    case 'list':
      return value.items.map(plain);
    case 'null':
      return null;
    case 'string':
      return value.text;
    case 'number':
    case 'boolean':
      return JSON.parse(value.text);
  }
}
