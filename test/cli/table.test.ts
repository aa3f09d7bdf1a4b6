import { describe, expect, test } from 'vitest';
import { table } from '../../src/cli/table.ts';

describe('table', () => {
  test('puts columns two spaces apart and leaves nothing at the ends of lines', () => {
    const rows = [
      ['1c7b7b2e', 'enabled', ''],
      ['2', 'pending deletion', 'Payments'],
    ];
    expect(table(['KEY', 'STATE', 'DESCRIPTION'], rows, Infinity)).toBe(
      [
        'KEY       STATE             DESCRIPTION', //
        '1c7b7b2e  enabled',
        '2         pending deletion  Payments',
        '',
      ].join('\n'),
    );
  });

  test('wraps the last column at words where the terminal ends', () => {
    const text = table(
      ['KEY', 'DESCRIPTION'],
      [
        ['k1', 'what the payments of Europe are encrypted with'],
        ['k2', 'short'],
      ],
      30,
    );
    expect(text).toBe(
      [
        'KEY  DESCRIPTION', //
        'k1   what the payments of',
        '     Europe are encrypted with',
        'k2   short',
        '',
      ].join('\n'),
    );
  });

  test('never wraps when the output is not a terminal', () => {
    const text = table(['KEY', 'DESCRIPTION'], [['k1', 'long '.repeat(100).trim()]], Infinity);
    expect(text.split('\n')).toHaveLength(3);
  });

  test('keeps line breaks in a cell', () => {
    expect(table(['A', 'B'], [['one\n  two', 'x']], 80)).toBe('A      B\none    x\n  two\n');
  });
});
