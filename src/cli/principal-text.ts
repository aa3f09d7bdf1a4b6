import type { AccessToken__Output } from '../generated/latchkey/v1/AccessToken.ts';
import type { Group__Output } from '../generated/latchkey/v1/Group.ts';
import type { Principal__Output } from '../generated/latchkey/v1/Principal.ts';
import { type Timestamp, readableTimestamp } from './message-json.ts';
import { table } from './table.ts';
import { tagLines } from './tag-text.ts';
import { details, visible } from './text.ts';

/** A principal, for people. */
export function principalDetails(principal: Principal__Output | null): string {
  if (principal === null) return 'The server sent no principal.\n';
  return details([
    ['Principal', principal.path],
    ['ARN', principal.arn],
    ['Id', principal.principal_id],
    ...(principal.subject === '' ? [] : [['Subject', visible(principal.subject)] as const]),
    ['State', principal.enabled ? 'enabled' : 'disabled: locked out'],
    ['Created', readableTimestamp(principal.creation_date)],
    ['Tags', tagLines(principal.tags) || '-'],
    ['Groups', lines(principal.group_names)],
    ...policyFacts(principal),
  ]);
}

export function principalTable(principals: readonly Principal__Output[]): string {
  const rows = principals.map((principal) => [date(principal.creation_date), stateOf(principal), principal.path]);
  return table(['CREATED', 'STATE', 'PRINCIPAL'], rows, Infinity);
}

export function groupDetails(group: Group__Output | null): string {
  if (group === null) return 'The server sent no group.\n';
  return details([
    ['Group', group.group_name],
    ['ARN', group.arn],
    ['Created', readableTimestamp(group.creation_date)],
    ...policyFacts(group),
  ]);
}

export function groupTable(groups: readonly Group__Output[]): string {
  const rows = groups.map((group) => [
    group.creation_date === null ? 'unreadable' : date(group.creation_date),
    [...group.ready_policy_names, ...group.policy_names].join(',') || '-',
    group.group_name,
  ]);
  return table(['CREATED', 'POLICIES', 'GROUP'], rows, Infinity);
}

export function tokenTable(tokens: readonly AccessToken__Output[], now: number): string {
  const rows = tokens.map((token) => [
    token.token_id,
    date(token.creation_date),
    date(token.expiration_date),
    tokenState(token, now),
    visible(token.description),
  ]);
  return table(['TOKEN', 'CREATED', 'EXPIRES', 'STATE', 'DESCRIPTION'], rows);
}

export function policyFacts({ ready_policy_names, policy_names }: PolicyNames): readonly (readonly [string, string])[] {
  return [
    ['Ready policies', lines(ready_policy_names)],
    ['Own policies', lines(policy_names)],
  ];
}

interface PolicyNames {
  readonly ready_policy_names: readonly string[];
  readonly policy_names: readonly string[];
}

/** Without a date its record is not authentic. */
function stateOf({ creation_date, enabled }: Principal__Output): string {
  if (creation_date === null) return 'unreadable';
  return enabled ? 'enabled' : 'disabled';
}

function tokenState({ expiration_date, revoked }: AccessToken__Output, now: number): string {
  if (expiration_date === null) return 'unreadable';
  if (revoked) return 'revoked';
  return Number(expiration_date.seconds) * 1000 <= now ? 'expired' : 'good';
}

function date(timestamp: Timestamp | null): string {
  return readableTimestamp(timestamp).slice(0, 'yyyy-mm-dd'.length);
}

function lines(names: readonly string[]): string {
  return names.join('\n') || '-';
}
