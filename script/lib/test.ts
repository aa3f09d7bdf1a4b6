/** Runs every suite, one after the other, and says how each ended. `script/test` has set up what the suites need. */
import { mkdirSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runSuite, type SuiteResult } from './run-suite.ts';
import { suites } from './suites.ts';
import { summary } from './summary.ts';

const usage = `Usage: script/test [--slow] [--polyglot] [--allow-skips] [filter…]

Runs every check and every suite. With filters, only the TypeScript tests whose path contains one.

  --slow         also the tests that take minutes (*.slow.test.ts)
  --polyglot     also the clients in Go and Java, where their toolchains are installed; CI=true means this too
  --allow-skips  a skipped test is no failure`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === 'help') {
    console.log(usage);
    return 0;
  }

  rmSync('build/reports', { recursive: true, force: true });
  mkdirSync('build/reports', { recursive: true });

  const results: SuiteResult[] = [];
  for (const suite of suites(options)) {
    console.log(`\n── ${suite.name} ${'─'.repeat(Math.max(0, 100 - suite.name.length))}`);
    results.push(await runSuite(suite));
  }

  const { text, failed } = summary(results, options);
  console.log(text);
  return failed === 0 ? 0 : 1;
}

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      slow: { type: 'boolean', default: false },
      polyglot: { type: 'boolean', default: process.env['CI'] === 'true' },
      'allow-skips': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return { slow: values.slow, polyglot: values.polyglot, allowSkips: values['allow-skips'], filters: positionals };
}
