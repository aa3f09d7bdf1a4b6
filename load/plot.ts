/** An axis: which values it spans, how, and where it is labelled. */
export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly isLogarithmic: boolean;
  readonly text: (value: number) => string;
}

/** What is drawn, in values of the axes. */
export type Mark =
  | { readonly kind: 'line'; readonly name: string; readonly colour: string; readonly points: readonly Point[] }
  | { readonly kind: 'bars'; readonly colour: string; readonly bars: readonly { from: number; to: number; height: number }[] }
  /** One that is raised has its text above those of its neighbours, which may be close. */
  | { readonly kind: 'rule'; readonly at: number; readonly text: string; readonly isRaised: boolean };

/** `y` undefined leaves a gap. */
export interface Point {
  readonly x: number;
  readonly y: number | undefined;
}

export interface Plot {
  /** Says in words what is to be seen. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
}

/** An axis from 0 to a round number that no value exceeds. */
export function linearAxis(label: string, greatest: number, text: (value: number) => string): Axis {
  const rough = (greatest > 0 ? greatest : 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * (1 - 1e-9)) ?? 10 * power;
  const count = Math.max(1, Math.ceil(greatest / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { label, from: 0, to: count * step, ticks, isLogarithmic: false, text };
}

/** A logarithmic axis that begins and ends at 1, 2 or 5 times a power of ten. Values must be positive. */
export function logarithmicAxis(label: string, values: readonly number[], text: (value: number) => string): Axis {
  const [least, greatest] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
  const exponents = Array.from({ length: 13 }, (_, index) => index);
  const steps = exponents.flatMap((exponent) => [1, 2, 5].map((factor) => factor * 10 ** exponent));
  const from = steps.findLast((step) => step <= least) ?? 1;
  const to = steps.find((step) => step >= greatest && step > from) ?? 10 * from;
  return { label, from, to, ticks: steps.filter((step) => step >= from && step <= to), isLogarithmic: true, text };
}

/** The plot as SVG that needs nothing from elsewhere. */
export function svgOf({ title, x, y, marks }: Plot): string {
  const place = {
    x: (value: number) => left + share(x, value) * innerWidth,
    y: (value: number) => bottom - share(y, value) * innerHeight,
  };
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" xmlns="http://www.w3.org/2000/svg">`,
    ...y.ticks.map(
      (tick) => grid(left, place.y(tick), right, place.y(tick)) + caption(left - 8, place.y(tick) + 4, 'end', y.text(tick)),
    ),
    ...x.ticks.map(
      (tick) =>
        grid(place.x(tick), bottom, place.x(tick), bottom + 5) + caption(place.x(tick), bottom + 20, 'middle', x.text(tick)),
    ),
    ...marks.map((mark) => drawn(mark, place)),
    `<line x1="${left}" y1="${bottom}" x2="${right}" y2="${bottom}" class="axis"/>`,
    caption((left + right) / 2, height - 6, 'middle', x.label),
    `<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...legend(marks),
    '</svg>',
  ].join('\n');
}

/** As text or attribute of HTML and SVG. */
export function escaped(raw: string): string {
  return raw.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

interface Place {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function drawn(mark: Mark, place: Place): string {
  switch (mark.kind) {
    case 'line':
      return `<path d="${pathOf(mark.points, place)}" fill="none" stroke="${mark.colour}" stroke-width="1.8" stroke-linejoin="round"/>`;
    case 'bars':
      return mark.bars
        .map(({ from, to, height: value }) => {
          const [at, above] = [place.x(from), place.y(value)];
          return `<rect x="${n(at)}" y="${n(above)}" width="${n(place.x(to) - at - 1)}" height="${n(bottom - above)}" fill="${mark.colour}"/>`;
        })
        .join('\n');
    case 'rule': {
      const at = place.x(mark.at);
      return `<line x1="${n(at)}" y1="${top}" x2="${n(at)}" y2="${bottom}" class="rule"/>${caption(at, top - (mark.isRaised ? 18 : 6), 'middle', mark.text)}`;
    }
  }
}

function pathOf(points: readonly Point[], place: Place): string {
  let isDrawing = false;
  return points
    .map(({ x, y }) => {
      if (y === undefined) {
        isDrawing = false;
        return '';
      }
      const step = `${isDrawing ? 'L' : 'M'}${n(place.x(x))} ${n(place.y(y))}`;
      isDrawing = true;
      return step;
    })
    .join('');
}

function legend(marks: readonly Mark[]): string[] {
  const lines = marks.filter((mark) => mark.kind === 'line');
  if (lines.length < 2) return [];
  return lines.map(({ name, colour }, index) => {
    const at = right - 80 * (lines.length - index);
    return `<line x1="${at}" y1="${top - 12}" x2="${at + 18}" y2="${top - 12}" stroke="${colour}" stroke-width="3"/>${caption(at + 24, top - 8, 'start', name)}`;
  });
}

function share({ from, to, isLogarithmic }: Axis, value: number): number {
  const part = isLogarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  return Math.min(1, Math.max(0, part));
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" class="grid"/>`;
}

function caption(x: number, y: number, anchor: 'start' | 'middle' | 'end', content: string): string {
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** A tenth of a pixel is enough. */
function n(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}

const width = 960;
const height = 300;
const [left, right, top, bottom] = [84, 925, 28, 244];
const innerWidth = right - left;
const innerHeight = bottom - top;
