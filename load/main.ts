import { access, constants, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { machine } from '../bench/machine.ts';
import { htmlReport } from './html-report.ts';
import { type Options, UsageError, readOptions, usage } from './options.ts';
import { runLoad } from './run-load.ts';
import { summarise } from './summary.ts';
import { textReport } from './text-report.ts';

const interrupted = 130;

process.exitCode = await main(process.argv.slice(2));

/** 0; 1 when not everything was answered rightly, or nothing could be asked; 2 for wrong usage; 130 when it was interrupted. */
async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) return 2;
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }

  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await runAndReport(options, args, interruption.signal);
  } catch (error) {
    if (interruption.signal.aborted) return interrupted;
    process.stderr.write(`load: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function runAndReport(options: Options, args: readonly string[], signal: AbortSignal): Promise<number> {
  if (options.report !== undefined) await requireWritable(options.report);
  const context = { machine: machine(), command: ['script/load', ...args].join(' ') };
  const run = await runLoad(options, signal, (line) => process.stderr.write(`${line}\n`));
  const summary = summarise(run);
  process.stdout.write(textReport(run, summary));
  if (options.report !== undefined) {
    await writeFile(options.report, htmlReport(run, summary, context));
    process.stderr.write(`Wrote ${options.report}.\n`);
  }
  return summary.faults.length === 0 ? 0 : 1;
}

/** Throws when the file cannot be made or replaced; that is better known before the run than after it. */
async function requireWritable(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  try {
    await access(exists ? file : dirname(file), constants.W_OK);
  } catch (cause) {
    throw new Error(`--report: ${file} cannot be written${exists ? '' : ': is there no such folder?'}`, { cause });
  }
}

/** undefined when they are wrong, which it says. */
function optionsOf(args: readonly string[]): Options | 'help' | undefined {
  try {
    return readOptions(args, process.env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`load: ${error.message} script/load --help shows the options.\n`);
    return undefined;
  }
}
