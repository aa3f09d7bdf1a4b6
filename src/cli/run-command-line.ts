import { CommanderError } from 'commander';
import { certificateFile } from '../client/credential-files.ts';
import type { GlobalOptions } from './command-options.ts';
import { type Approach, exitCodes, failureOf, LocalFileError, UsageError } from './failure.ts';
import { failureText } from './failure-text.ts';
import { latchkeyProgram } from './program.ts';
import { systemErrorText } from './system-error.ts';

/** Runs the command that the process was started with; sets the exit code. */
export async function runCommandLine(): Promise<void> {
  const program = latchkeyProgram();
  const fail = (error: unknown) => reportFailure(error, approachOf(program.opts<GlobalOptions>()));
  process.stdout.on('error', (error: Error) => stdoutFailed(error, fail));
  try {
    await program.parseAsync();
  } catch (error) {
    fail(error);
  }
}

/** Says what failed and sets the exit code; the process ends by itself when everything is written. */
function reportFailure(error: unknown, approach: Approach): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const failure = failureOf(error instanceof CommanderError ? usageError(error) : error, approach);
  // Not from the parsed options: what cannot be parsed is reported in the form that was asked for, too.
  process.stderr.write(failureText(failure, process.argv.includes('--json') || process.argv.includes('-j')));
  process.exitCode = failure.exitCode;
}

function approachOf({ address, certificate }: GlobalOptions): Approach {
  return { address, hasCertificate: certificateFile(address, { certificate }, process.env) !== undefined };
}

/** commander's "error: unknown option '--foo'\n(Did you mean --for?)" as a sentence; a missing command has its help printed already. */
function usageError({ code, message }: CommanderError): UsageError {
  if (code === 'commander.help') return new UsageError('Name a command.');
  const text = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new UsageError(`${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.)?]$/.test(text) ? '' : '.'}`);
}

function stdoutFailed(error: Error, fail: (error: LocalFileError) => void): void {
  // The reader has enough (`latchkey keys list | head -1`): that is not a failure.
  if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.ok);
  const { text, code } = systemErrorText(error);
  fail(new LocalFileError(`Cannot write to stdout: ${text}.`, code, error));
  process.exit();
}
