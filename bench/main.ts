import { parseArgs } from 'node:util';
import { measureBatchCalls } from './batch-calls.ts';
import { measureBatchKernel } from './batch-kernel.ts';
import { measureExchangeSingleItem } from './exchange-single-item.ts';
import { measureClientObject } from './client-object.ts';
import { measureFirstOfMany } from './first-of-many.ts';
import { machine } from './machine.ts';
import { type Effort, type Measured, total } from './measurement.ts';
import { measureNativeSeal } from './native-seal.ts';
import { measurePolicyDecision } from './policy-decision.ts';
import { report } from './report.ts';
import { measureUnaryAdded } from './unary-added.ts';
import { measureUnaryEncrypt } from './unary-encrypt.ts';
import { measureUnaryEverything } from './unary-everything.ts';
import { measureUnaryUnderBatches } from './unary-under-batches.ts';

const usage = `Usage: npm run bench -- [--json] [--only NAME] [--rounds N] [--quick]

Measures, each figure beside its denominator, and prints a table (bench/README.md says how to read it).

  --json       one JSON object instead: { machine, results, checks }
  --only NAME  only the results whose names begin so
  --rounds N   rounds per figure, 1 to 1000 (default 15)
  --quick      only to see that it runs: the figures mean nothing
`;

/** By the beginning of their results' names. */
const measurements: Readonly<Record<string, (effort: Effort) => Promise<Measured>>> = {
  'unary.encrypt.256B': measureUnaryEncrypt,
  'unary.encrypt.256B.everything': measureUnaryEverything,
  'unary.encrypt.added': measureUnaryAdded,
  'unary.p99.under-batches': measureUnaryUnderBatches,
  'decrypt.first-of-10000': measureFirstOfMany,
  'native.seal': measureNativeSeal,
  'batch.kernel': measureBatchKernel,
  'batch.context-column': measureBatchKernel,
  'batch.encrypt': measureBatchCalls,
  'batch.decrypt': measureBatchCalls,
  'exchange.single-item': measureExchangeSingleItem,
  'client.object.encrypt': measureClientObject,
  'policy.decision': measurePolicyDecision,
};

process.exitCode = await main();

/** 0; 1 for a bad reply; 2 for wrong usage. A missed aim is no failure. */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write(usage);
    return 2;
  }

  const measuredOn = machine();
  const measured: Measured[] = [];
  for (const [name, measure] of options.chosen) {
    process.stderr.write(`Measuring ${name} …\n`);
    measured.push(await measure(options));
  }

  const results = measured.flatMap((part) => part.results).filter(({ name }) => name.startsWith(options.only));
  const checks = total(measured.map((part) => part.checks));
  const figures = { machine: measuredOn, results, checks };
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : report(figures));
  return checks.replies_bad === 0 ? 0 : 1;
}

/** `undefined` when they are wrong; shows the usage and ends the process when they ask for it. */
function readOptions() {
  const given = parseOptions();
  if (given === undefined) return undefined;
  const { json, only, rounds, quick, help } = given;
  if (help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const count = Number(rounds ?? (quick ? 2 : 15));
  const begins = Object.entries(measurements).filter(([name]) => name.startsWith(only));
  const longest = Object.entries(measurements)
    .filter(([name]) => only.startsWith(name))
    .sort(([one], [other]) => other.length - one.length);
  const named = begins.length > 0 ? begins : longest.slice(0, 1);
  // One measurement may give results of several names.
  const chosen = [...new Map(named.map(([name, measure]) => [measure, name]))].map(([measure, name]) => [name, measure] as const);
  if (chosen.length === 0 || !Number.isInteger(count) || count < 1 || count > 1000) return undefined;
  return { json, only, rounds: count, quick, chosen };
}

/** `undefined`, which it explains, when there is no such option. */
function parseOptions() {
  try {
    return parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n\n`);
    return undefined;
  }
}
