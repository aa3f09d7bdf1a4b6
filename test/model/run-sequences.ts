import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkAll } from './check.ts';
import { type ImportPool, firstMoment, makeImportPool } from './import-pool.ts';
import { Model } from './model.ts';
import { type Step, perform, stepArbitrary } from './steps.ts';
import { World, reasonOf } from './world.ts';

/** Runs that many sequences of steps against the model and the service. A failure says its seed and its steps. */
export async function runSequences(numRuns: number, { steps }: { readonly steps: number }): Promise<void> {
  const { pool, folder } = await openImportPool();
  try {
    const sequences = fc.array(stepArbitrary, { minLength: steps / 3, maxLength: steps, size: 'max' });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => runSequence(sequence, pool)),
      { numRuns },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What all sequences of a process begin with. The caller removes the folder. */
export async function openImportPool(): Promise<{ readonly pool: ImportPool; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-model-'));
  return { pool: await makeImportPool(folder, { keys: 4, tokensPerKey: 6 }), folder };
}

/** Throws at the first step after which the service is not as the model has it. */
export async function runSequence(sequence: readonly Step[], pool: ImportPool): Promise<void> {
  const model = new Model(firstMoment);
  const world = new World(pool);
  const done: string[] = [];
  try {
    await world.restart();
    for (const step of sequence) {
      done.push(shown(step));
      const outcome = perform(step, model, world);
      if (outcome === undefined) {
        done.pop();
        continue;
      }
      const reason = await reasonOf(outcome.actual);
      const expected = outcome.expected ?? undefined;
      if (reason !== expected) throw new Error(`The service says ${reason ?? 'yes'}, the model ${expected ?? 'yes'}.`);
      await checkAll(model, world);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${why}\nSteps:\n${done.join('\n')}`, { cause: error });
  } finally {
    world.close();
  }
}

function shown({ act, key, pick, days, ms }: Step): string {
  const hours = ms / 3_600_000;
  return [act, `key ${key}`, pick && `pick ${pick}`, days && `days ${days}`, ms && `${hours} h`].filter(Boolean).join(', ');
}
