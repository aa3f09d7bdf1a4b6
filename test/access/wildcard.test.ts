import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasWildcard, joinedParts, matcher, patternParts, wildcard } from '../../src/access/wildcard.ts';

describe('a pattern', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['a', 'a', true],
    ['a', 'A', false],
    ['a', 'ab', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['**', '', true],
    ['?', '', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*b', 'ab', true],
    ['a*b', 'a', false],
    ['ab*ba', 'aba', false],
    ['a*bc*d', 'abcbcd', true],
    ['a*b*c', 'acb', false],
    ['*?', '', false],
    ['?*', 'a', true],
    ['*a?c*', 'xxabcxx', true],
    ['*a?c', 'abcabd', false],
    ['key/????', 'key/1234', true],
    ['arn:aws:kms:*:111122223333:key/*', 'arn:aws:kms:us-east-1:111122223333:key/1', true],
    ['arn:aws:kms:*:111122223333:key/*', 'arn:aws:kms:us-east-1:111122223334:key/1', false],
    // What regular expressions would take for more.
    ['a.c', 'abc', false],
    ['[a-z]+', 'b', false],
    ['(a|b)', 'a', false],
    ['a\\*', 'a\\b', true],
    ['$', '', false],
  ])('%j and %j: %s', (pattern, text, matches) => {
    expect(wildcard(pattern)(text)).toBe(matches);
  });

  it('matches what the slow definition matches', () => {
    const of = (alphabet: string[]) => fc.array(fc.constantFrom(...alphabet), { maxLength: 12 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(of(['a', 'b', '*', '?']), of(['a', 'b', '?']), (pattern, text) => {
        expect(wildcard(pattern)(text)).toBe(slowly(pattern, text));
      }),
      { numRuns: 5000 },
    );
  });

  it('is the same in one piece and in several', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
        (pieces, text) => {
          expect(matcher(joinedParts(pieces.map(patternParts)))(text)).toBe(wildcard(pieces.join(''))(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('has pieces in which a star is a star', () => {
    const matches = matcher(joinedParts([patternParts('a*'), [['*?']], patternParts('?')]));
    expect(['a*?b', 'ax*?b', 'axyb', 'a*?'].map(matches)).toEqual([true, true, false, false]);
  });

  it('takes no time that grows with its stars', () => {
    const matches = wildcard('a*'.repeat(2000) + 'b');
    const begun = performance.now();
    expect(matches('a'.repeat(30_000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(100);
  });
});

it('says whether a pattern stands for more than itself', () => {
  expect(['a', 'a*', 'a?', ''].map(hasWildcard)).toEqual([false, true, true, false]);
});

/** The definition, in exponential time. */
function slowly(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (pattern[0] === '*') return slowly(rest, text) || (text !== '' && slowly(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && slowly(rest, text.slice(1));
}
