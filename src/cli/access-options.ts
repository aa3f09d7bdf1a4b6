import { Option } from 'commander';
import { LatchkeyError } from '../client/latchkey-error.ts';
import type { GlobalOptions } from './command-options.ts';
import { UsageError } from './failure.ts';
import { messageJson } from './message-json.ts';
import { print } from './output.ts';

/** What a command takes that makes one call with a key. */
export interface AccessOptions {
  readonly dryRun?: boolean;
  readonly grantToken?: readonly string[];
}

export function accessOptions(): Option[] {
  return [
    new Option('--dry-run', 'only say whether it would succeed').conflicts(severalCalls),
    new Option('--grant-token <token>', 'use a grant that was made just now; repeat for more')
      .conflicts(severalCalls)
      .argParser((token: string, tokens: readonly string[] | undefined) => [...(tokens ?? []), token]),
  ];
}

export function accessFields({ dryRun = false, grantToken = [] }: AccessOptions): { dry_run: boolean; grant_tokens: string[] } {
  return { dry_run: dryRun, grant_tokens: [...grantToken] };
}

/** Waits for a call and delivers its response; of a dry run, says that it would have succeeded. */
export async function delivering<Response>(
  call: Promise<Response>,
  { dryRun = false, json }: AccessOptions & Pick<GlobalOptions, 'json'>,
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

/** Commands with these make calls of other kinds, or many. */
const severalCalls = ['file', 'jsonl'];
