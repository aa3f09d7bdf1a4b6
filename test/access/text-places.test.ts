import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wildcard } from '../../src/access/wildcard.ts';
import { likeTokens, tokensOf } from './reference-comparisons.ts';

describe('a pattern and a text that repeat themselves', () => {
  const blocks = ['a', 'b', 'ж', 'ab', 'a'.repeat(31), 'a'.repeat(32), 'a'.repeat(33), 'ab'.repeat(40)];
  const text = fc.array(fc.constantFrom(...blocks), { maxLength: 24 }).map((chosen) => chosen.join(''));
  const cut = fc.record({
    from: fc.nat(600),
    length: fc.nat(200),
    unknown: fc.array(fc.nat(200), { maxLength: 4 }),
    star: fc.boolean(),
  });
  const cases = fc.tuple(text, fc.array(cut, { minLength: 1, maxLength: 3 })).map(([of, cuts]) => ({
    of,
    pattern: `*${cuts.map(({ from, length, unknown, star }) => withUnknown(of.slice(from, from + length), unknown) + (star ? '*' : '?')).join('')}*`,
  }));

  it('match as by the definition', () => {
    const outcomes = { true: 0, false: 0 };
    fc.assert(
      fc.property(cases, ({ of, pattern }) => {
        const matches = wildcard(pattern)(of);
        outcomes[`${matches}`]++;
        expect(matches).toBe(likeTokens(tokensOf(pattern), of));
      }),
      { numRuns: 600 },
    );
    expect(outcomes.true).toBeGreaterThan(60);
    expect(outcomes.false).toBeGreaterThan(60);
  });

  // As much as a key policy of 32 KiB holds of each, and the greatest value of an encryption context.
  const text8KiB = `b${'a'.repeat(8190)}`;
  it.each([
    ['question marks in a long part', Array.from({ length: 8 }, () => `*${'a?'.repeat(2000)}b*`)],
    ['long parts without', Array.from({ length: 8 }, () => `*${'a'.repeat(4000)}b*`)],
    ['short parts', Array.from({ length: 4000 }, () => '*ab*')],
    ['short parts with question marks', Array.from({ length: 3000 }, () => '*aa?b*')],
    ['one pattern with many stars', [`*${'a?*'.repeat(2700)}${'a?b*'.repeat(2700)}`]],
  ])('take milliseconds at their greatest: %s', (_, patterns) => {
    const compiled = patterns.map(wildcard);
    const before = process.cpuUsage();
    expect(compiled.some((matches) => matches(text8KiB))).toBe(false);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(150);
  });
});

function withUnknown(text: string, places: readonly number[]): string {
  return text
    .split('')
    .map((character, place) => (places.includes(place) ? '?' : character))
    .join('');
}
