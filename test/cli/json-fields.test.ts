import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFields, LineFault } from '../../src/cli/json-fields.ts';

function found(text: string, ...fields: string[]): (string | undefined)[] {
  return findFields(text, fields).map((span) => (span === undefined ? undefined : text.slice(span.start, span.end)));
}

function faultOf(text: string, ...fields: string[]): LineFault {
  try {
    findFields(text, fields);
  } catch (error) {
    if (error instanceof LineFault) return error;
    throw error;
  }
  throw new Error(`${text} has no fault.`);
}

describe('a field', () => {
  test.each([
    ['{"a":"x"}', 'a', '"x"'],
    [' { "a" : "x" , "b" : 1 } ', 'a', '"x"'],
    ['{"b":1.0,"a":12345678901234567890}', 'a', '12345678901234567890'],
    ['{"b":[1,{"a":2}],"a":-0.0e+5}', 'a', '-0.0e+5'],
    ['{"b":"}]\\"","a":{"x":["]"]} }', 'a', '{"x":["]"]}'],
    ['{"a":true}', 'a', 'true'],
    ['{"a":null}', 'a', 'null'],
    ['{"a":"\\\\"}', 'a', '"\\\\"'],
    ['{"\\u0061":""}', 'a', '""'],
    ['{"a": []}\r', 'a', '[]'],
    ['{"b":{"a":1}}', 'a', undefined],
    ['{"b":[{"a":1}]}', 'a', undefined],
    ['{"a.b":1}', 'a.b', undefined],
    ['{"a":{"b" : {"c":"d"}, "x":1}}', 'a.b.c', '"d"'],
    ['{"a":{"b":1}}', 'a.c', undefined],
    ['{"a":null}', 'a.b', undefined],
    ['{}', 'a', undefined],
    ['{"__proto__":"x"}', '__proto__', '"x"'],
    ['{"constructor":1}', 'toString', undefined],
    ['{"ä🔑":"x"}', 'ä🔑', '"x"'],
  ])('in %s: %s is %s', (text, field, value) => {
    expect(found(text, field)).toEqual([value]);
  });

  test('among several is found in the order of asking', () => {
    expect(found('{"c":3,"a":{"x":1,"y":2},"b":2}', 'b', 'a.y', 'd', 'c')).toEqual(['2', '2', undefined, '3']);
  });

  test.each([
    ['{"a":1,"a":2}', 'a', { reason: 'AMBIGUOUS_FIELD', field: 'a' }],
    ['{"a":1,"\\u0061":2}', 'a', { reason: 'AMBIGUOUS_FIELD', field: 'a' }],
    ['{"a":{"b":1},"a":{"c":1}}', 'a.b', { reason: 'AMBIGUOUS_FIELD', field: 'a' }],
    ['{"a":{"b":1,"b":1}}', 'a.b', { reason: 'AMBIGUOUS_FIELD', field: 'a.b' }],
    ['{"a":"text"}', 'a.b', { reason: 'NOT_AN_OBJECT', field: 'a' }],
    ['{"a":[{"b":1}]}', 'a.b', { reason: 'NOT_AN_OBJECT', field: 'a' }],
    ['[1]', 'a', { reason: 'NOT_AN_OBJECT', field: undefined }],
    ['"x"', 'a', { reason: 'NOT_AN_OBJECT' }],
    ['null', 'a', { reason: 'NOT_AN_OBJECT' }],
    ['{"a":1', 'a', { reason: 'NOT_JSON' }],
    ['{"a":1}{"a":2}', 'a', { reason: 'NOT_JSON' }],
    ["{'a':1}", 'a', { reason: 'NOT_JSON' }],
    ['\ufeff{"a":1}', 'a', { reason: 'NOT_JSON' }],
    ['['.repeat(100_000), 'a', { reason: 'NOT_JSON' }],
  ])('is not to be had from %.40s', (text, field, fault) => {
    expect(faultOf(text, field)).toMatchObject(fault);
  });

  test('that cannot be had is not quoted', () => {
    expect(faultOf('{"password":"hunter2"', 'password').message).not.toContain('hunter2');
  });
});

test('whatever the object, the value is that of JSON.parse', () => {
  const objects = fc.dictionary(fc.constantFrom('a', 'b', 'c', '"', '\\', '}', 'a.b', ''), fc.jsonValue());
  const spaces = fc.constantFrom(undefined, 1, '\t', '  ');
  fc.assert(
    fc.property(objects, spaces, fc.constantFrom('a', 'b', 'c'), (object, space, field) => {
      const [text] = found(JSON.stringify(object, undefined, space), field);
      const value = Object.hasOwn(object, field) ? JSON.stringify(object[field]) : undefined;
      expect(text === undefined ? undefined : JSON.stringify(JSON.parse(text))).toBe(value);
    }),
    { numRuns: 2_000 },
  );
});
