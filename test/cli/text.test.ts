import { describe, expect, test } from 'vitest';
import { count, details, visible, words } from '../../src/cli/text.ts';

describe('visible', () => {
  test.each([
    ['\u001b[2J\u001b[31mred', '\\u{1b}[2J\\u{1b}[31mred'],
    ['two\nlines\r', 'two\\u{a}lines\\u{d}'],
    ['\u009b1m', '\\u{9b}1m'],
    ['abc\u202egnp', 'abc\\u{202e}gnp'],
    ['Zürich 🔑 "quoted"', 'Zürich 🔑 "quoted"'],
  ])('%j', (text, expected) => {
    expect(visible(text)).toBe(expected);
  });
});

describe('details', () => {
  test('aligns values, and puts a long one on a line of its own, whole', () => {
    const long = 'x'.repeat(77);
    expect(
      details(
        [
          ['Key', 'k1'],
          ['Long name', 'v'],
          ['ARN', long],
        ],
        80,
      ),
    ).toBe(`Key        k1\nLong name  v\nARN\n  ${long}\n`);
  });
});

test('details aligns the lines of a value, and puts them below together when one is too long', () => {
  const long = 'x'.repeat(77);
  expect(
    details(
      [
        ['Tags', 'a=1\nb=2'],
        ['Others', `c=3\n${long}`],
      ],
      80,
    ),
  ).toBe(`Tags    a=1\n        b=2\nOthers\n  c=3\n  ${long}\n`);
});

test('details keeps a long value in its line where no terminal is', () => {
  const long = 'x'.repeat(200);
  const facts = [
    ['Key', 'k1'],
    ['Others', `c=3\n${long}`],
  ] as const;
  expect(details(facts, Infinity)).toBe(`Key     k1\nOthers  c=3\n        ${long}\n`);
});

test('words says an enum value in words', () => {
  expect(words('KEY_STATE_PENDING_DELETION', 'KEY_STATE_')).toBe('pending deletion');
});

test('count knows one from many', () => {
  expect([count(0, 'byte'), count(1, 'byte'), count(2, 'byte')]).toEqual(['0 bytes', '1 byte', '2 bytes']);
});
