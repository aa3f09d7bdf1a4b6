import { describe, expect, test } from 'vitest';
import { withPair } from '../../src/cli/encryption-context.ts';

describe('withPair', () => {
  test.each([
    ['tenant=acme', { tenant: 'acme' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=', { a: '' }],
    ['a= b ', { a: ' b ' }],
    ['käse=ψ🔑', { käse: 'ψ🔑' }],
  ])('%s', (text, expected) => {
    expect(withPair(text)).toEqual(expected);
  });

  test('adds to earlier pairs and tells case apart', () => {
    expect(withPair('A=2', withPair('a=1'))).toEqual({ a: '1', A: '2' });
  });

  test('takes __proto__ for a key like any other', () => {
    const context = withPair('__proto__=x');
    expect(Object.entries(context)).toEqual([['__proto__', 'x']]);
    expect(Object.entries(withPair('b=y', context))).toEqual([
      ['__proto__', 'x'],
      ['b', 'y'],
    ]);
  });

  test.each([
    ['tenant', 'Give key=value'],
    ['=acme', 'Give key=value'],
    ['', 'Give key=value'],
    ['a=\ufffd', 'not valid UTF-8'],
  ])('refuses %j', (text, why) => {
    expect(() => withPair(text)).toThrow(why);
  });

  test.each(['a=2', 'a=1'])('refuses the repeated key of %s', (text) => {
    expect(() => withPair(text, { a: '1' })).toThrow('The key "a" is given twice');
  });
});
