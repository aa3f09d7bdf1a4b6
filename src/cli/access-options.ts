import { Option } from 'commander';

/** What a command takes that uses a key. */
export interface AccessOptions {
  readonly dryRun?: boolean;
  readonly grantToken?: readonly string[];
}

export function accessOptions(): Option[] {
  return [
    new Option('--dry-run', 'only say whether it would succeed').conflicts(severalCalls),
    new Option('--grant-token <token>', 'of a grant, checked and of no effect: grants count at once; repeat for more').argParser(
      (token: string, tokens: readonly string[] | undefined) => [...(tokens ?? []), token],
    ),
  ];
}

export function accessFields({ dryRun = false, grantToken = [] }: AccessOptions): { dry_run: boolean; grant_tokens: string[] } {
  return { dry_run: dryRun, grant_tokens: [...grantToken] };
}

/** As the client library takes them. */
export function grantTokens({ grantToken = [] }: AccessOptions): { grantTokens: readonly string[] } {
  return { grantTokens: grantToken };
}

/** Commands with these make calls of other kinds, or many, of which none can be tried. */
const severalCalls = ['file', 'jsonl'];
