import { type Elapsed, internals } from '../test/native/internals.ts';
import { type Effort, type Measured, noReplies } from './measurement.ts';
import { inTurns, moreIsBetter, result } from './result.ts';

/** A whole batch natively, request to response, without JavaScript: against the plainest loop over EVP, and with a column. */
export async function measureBatchKernel({ rounds, quick }: Effort): Promise<Measured> {
  const items = quick ? 2_000 : 200_000;
  const perSecond = (elapsed: Elapsed) => (items * 1e9) / elapsed.cpuNanoseconds;
  const batch = (column: boolean) => () =>
    perSecond(internals.batchLoop({ items: batchItems, bytes, rounds: items / batchItems, column, decrypt: false }));
  const evp = () => perSecond(internals.evpLoop({ bytes, iterations: items }));
  const kernel = { ours: batch(false), denominator: evp };
  const column = { ours: batch(true), denominator: batch(false) };

  await inTurns(1, kernel);
  return {
    results: [
      result(
        {
          name: 'batch.kernel.64B',
          unit,
          denominator: 'plain C++ loop over EVP',
          aim: { least_ratio: 0.95 },
          ratioOf: moreIsBetter,
        },
        await inTurns(rounds, kernel),
      ),
      result(
        {
          name: 'batch.context-column.1000x64B',
          unit,
          denominator: 'without a column',
          aim: { least_ratio: 0.7 },
          ratioOf: moreIsBetter,
        },
        await inTurns(rounds, column),
      ),
    ],
    checks: noReplies,
  };
}

const bytes = 64;
const batchItems = 1000;
const unit = 'items per CPU second';
