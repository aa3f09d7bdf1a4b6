import { Option } from 'commander';
import { LatchkeyError } from '../client/latchkey-error.ts';
import type { GlobalOptions } from './command-options.ts';
import { UsageError } from './failure.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';

export interface DryRunOptions extends GlobalOptions {
  readonly dryRun?: boolean;
}

export function dryRunOption(): Option {
  return new Option('--dry-run', 'change nothing, only say whether it would succeed');
}

/** Waits for a call and delivers its response; of a dry run, says that it would have succeeded. */
export async function delivering<Response>(
  call: Promise<Response>,
  { dryRun = false, json }: DryRunOptions,
  deliver: (response: Response) => void,
): Promise<void> {
  if (!dryRun) {
    deliver(await call);
    return;
  }
  if (!(await wouldSucceed(call)))
    throw new UsageError('The server does not know dry runs and made the call: leave out --dry-run.');
  print(json ? messageJson({ would_succeed: true }) : 'It would succeed.\n');
}

async function wouldSucceed(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return false;
  } catch (error) {
    if (error instanceof LatchkeyError && error.reason === 'DRY_RUN') return true;
    throw error;
  }
}
