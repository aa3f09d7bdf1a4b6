import { parsePrincipalArn, principalArn } from '../access/principal.ts';
import type { ArnScope } from '../keys/arn.ts';
import { UnusableSource } from './source.ts';

/** Who may not call although their certificate or token would do. */
export interface DenyList {
  /** Paths of principals. */
  readonly principals: ReadonlySet<string>;
  /** Of certificates, whichever authority they are from: in hex, lower case, without leading zeros. */
  readonly serials: ReadonlySet<string>;
}

export function isDenied(list: DenyList, caller: { readonly path: string; readonly serial?: string }): boolean {
  return list.principals.has(caller.path) || (caller.serial !== undefined && list.serials.has(caller.serial));
}

/**
 * The lines of a deny-list: `serial <hex>` as openssl shows it, with or without colons; `principal <path or ARN>`; empty ones; and
 * comments behind `#`. Throws UnusableSource that names every line that is something else: an entry with a typing error denies nobody.
 */
export function parseDenyList(text: string, scope: ArnScope): DenyList {
  const principals = new Set<string>();
  const serials = new Set<string>();
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [kind, value, ...others] = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (kind === '' || kind === undefined) continue;
    const entry = others.length === 0 && value !== undefined ? parseEntry(kind, value, scope) : undefined;
    if (entry === undefined)
      problems.push(`line ${index + 1} is neither "serial <hex>" nor "principal <path or ARN of this account>"`);
    else (entry.kind === 'serial' ? serials : principals).add(entry.value);
  }
  if (problems.length > 0) throw new UnusableSource(`${shown(problems)}.`);
  return { principals, serials };
}

function parseEntry(kind: string, value: string, scope: ArnScope): { kind: 'serial' | 'principal'; value: string } | undefined {
  if (kind === 'serial') {
    const serial = parseSerial(value);
    return serial === undefined ? undefined : { kind, value: serial };
  }
  if (kind !== 'principal') return undefined;
  const path = parsePrincipalArn(value.startsWith('arn:') ? value : principalArn(scope, value), scope);
  return path === undefined ? undefined : { kind, value: path };
}

function parseSerial(text: string): string | undefined {
  if (!serialPattern.test(text)) return undefined;
  return text
    .replaceAll(':', '')
    .toLowerCase()
    .replace(/^0+(?=.)/, '');
}

function shown(problems: readonly string[]): string {
  const more = problems.length - maxShown;
  return `${problems.slice(0, maxShown).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** RFC 5280 ends at 20 bytes; there are certificates that do not. */
const serialPattern = /^(?:[0-9A-Fa-f]{1,128}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){0,63})$/;
const maxShown = 10;
