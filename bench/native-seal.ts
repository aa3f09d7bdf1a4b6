import { type BenchLoop, type Elapsed, internals } from '../test/native/internals.ts';
import { type Effort, type Measured, noReplies } from './measurement.ts';
import { type Result, inTurns, moreIsBetter, result } from './result.ts';

/** Sealing as the data plane does it, against the plainest loop over EVP that computes the same: one thread, no JavaScript. */
export async function measureNativeSeal({ rounds, quick }: Effort): Promise<Measured> {
  const results: Result[] = [];
  for (const { name, bytes, messages } of turns) {
    if (!internals.loopsAgree(bytes)) throw new Error(`The two loops do not compute the same for ${name}.`);
    const iterations = quick ? 10 : messages;
    const speed = (loop: (loop: BenchLoop) => Elapsed) => () =>
      (bytes * iterations * 1000) / loop({ bytes, iterations }).cpuNanoseconds;
    const sides = { ours: speed((loop) => internals.sealLoop(loop)), denominator: speed((loop) => internals.evpLoop(loop)) };
    const figure = {
      name: `native.seal.${name}`,
      unit: 'MB per CPU second',
      denominator: 'plain C++ loop over EVP',
      aim: { least_ratio: 0.95 },
      ratioOf: moreIsBetter,
    };

    await inTurns(1, sides);
    results.push(result(figure, await inTurns(rounds, sides)));
  }
  return { results, checks: noReplies };
}

/** Messages that take about 0.1 s. */
const turns = [
  { name: '64B', bytes: 64, messages: 150_000 },
  { name: '1KiB', bytes: 1024, messages: 100_000 },
  { name: '16KiB', bytes: 16 * 1024, messages: 20_000 },
  { name: '1MiB', bytes: 1024 * 1024, messages: 300 },
] as const;
