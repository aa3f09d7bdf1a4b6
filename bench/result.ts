/** One figure beside its denominator, both measured in the same run. A ratio over 1 is better than the denominator. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  /** Medians of the rounds. */
  readonly value: number;
  /** What the value is compared with. */
  readonly denominator: string;
  readonly denominator_value: number;
  /**
   * Median of the rounds' ratios, which is steadier than the ratio of the medians. Where the aim is a greatest value, of the aim
   * over the value.
   */
  readonly ratio: number;
  readonly aim: Aim | null;
  readonly rounds: number;
  /** Of the rounds' ratios: (greatest - least) / median. */
  readonly spread: number;
}

/** What the ratio should reach, or what the value should not exceed. */
export type Aim = { readonly least_ratio: number } | { readonly greatest_value: number };

/** What both sides measured in one round. */
export interface Round<T> {
  readonly ours: T;
  readonly denominator: T;
}

export type Figure = Pick<Result, 'name' | 'unit' | 'denominator' | 'aim'> & {
  readonly ratioOf: (round: Round<number>) => number;
};

export function result({ name, unit, denominator, aim, ratioOf }: Figure, rounds: readonly Round<number>[]): Result {
  const ratios = rounds.map(ratioOf);
  const ratio = median(ratios);
  return {
    name,
    unit,
    value: rounded(median(rounds.map(({ ours }) => ours))),
    denominator,
    denominator_value: rounded(median(rounds.map((round) => round.denominator))),
    ratio: rounded(ratio),
    aim,
    rounds: rounds.length,
    spread: rounded((Math.max(...ratios) - Math.min(...ratios)) / ratio),
  };
}

/** Measures both sides in every round, each first in every other one, so that a drift of the machine favours neither. */
export async function inTurns<T>(rounds: number, sides: Round<() => T | Promise<T>>): Promise<readonly Round<T>[]> {
  const measured: Round<T>[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const denominator = await sides.denominator();
      measured.push({ denominator, ours: await sides.ours() });
    } else {
      const ours = await sides.ours();
      measured.push({ ours, denominator: await sides.denominator() });
    }
  }
  return measured;
}

/** The same rounds with one number of each side. */
export function numbers<T>(rounds: readonly Round<T>[], numberOf: (measured: T) => number): readonly Round<number>[] {
  return rounds.map(({ ours, denominator }) => ({ ours: numberOf(ours), denominator: numberOf(denominator) }));
}

export const moreIsBetter = ({ ours, denominator }: Round<number>): number => ours / denominator;
export const lessIsBetter = ({ ours, denominator }: Round<number>): number => denominator / ours;

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which `share` (0 to 1) of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const value = values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
  if (value === undefined) throw new Error('Nothing was measured.');
  return value;
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
