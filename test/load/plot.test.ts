import { describe, expect, it } from 'vitest';
import { escaped, linearAxis, logarithmicAxis, svgOf } from '../../load/plot.ts';

describe('linearAxis', () => {
  it.each([
    [10, [0, 2, 4, 6, 8, 10]],
    [23, [0, 5, 10, 15, 20, 25]],
    [0.3, [0, 0.1, 0.2, 0.3]],
  ])('for %d has round ticks', (greatest, ticks) => {
    const axis = linearAxis('', greatest, String);
    expect(axis.ticks).toHaveLength(ticks.length);
    for (const [index, tick] of ticks.entries()) expect(axis.ticks[index]).toBeCloseTo(tick);
    expect(axis.to).toBeGreaterThanOrEqual(greatest * (1 - 1e-9));
  });

  it('for nothing but zeroes has a length none the less', () => {
    expect(linearAxis('', 0, String).to).toBeGreaterThan(0);
  });
});

it('logarithmicAxis begins and ends at round values around all', () => {
  expect(logarithmicAxis('', [3, 40], String)).toMatchObject({ from: 2, to: 50, ticks: [2, 5, 10, 20, 50] });
  expect(logarithmicAxis('', [5], String)).toMatchObject({ from: 5, to: 10 });
});

describe('svgOf', () => {
  const x = linearAxis('seconds', 10, String);
  const y = logarithmicAxis('ms', [1, 100], String);

  it('puts values where the axes have them, and leaves gaps', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 5, y: 10 },
      { x: 6, y: undefined },
      { x: 10, y: 100 },
    ];
    const svg = svgOf({ title: 'T', x, y, marks: [{ kind: 'line', name: 'a', colour: 'red', points }] });
    // The middle of a logarithmic axis is the geometric mean.
    expect(svg).toContain('d="M84 244L504.5 136M925 28"');
  });

  it('escapes what it is given', () => {
    const svg = svgOf({ title: '"><script>', x, y, marks: [] });
    expect(svg).not.toContain('<script>');
    expect(escaped(`<a href="x">'&`)).toBe('&#60;a href=&#34;x&#34;&#62;&#39;&#38;');
  });
});
