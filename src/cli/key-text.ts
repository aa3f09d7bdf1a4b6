import type { AliasListEntry__Output } from '../generated/latchkey/v1/AliasListEntry.ts';
import type { KeyListEntry__Output } from '../generated/latchkey/v1/KeyListEntry.ts';
import type { KeyMetadata__Output } from '../generated/latchkey/v1/KeyMetadata.ts';
import type { KeyUses__Output } from '../generated/latchkey/v1/KeyUses.ts';
import type { Tag__Output } from '../generated/latchkey/v1/Tag.ts';
import { readableTimestamp } from './message-json.ts';
import { table } from './table.ts';
import { tagLines } from './tag-text.ts';
import { bare, count, details, visible, words } from './text.ts';
import { useFacts } from './use-text.ts';

type Fact = readonly [label: string, value: string];

/** What is known of a key beside its metadata; what is left out was not asked for. */
export interface KeyLabels {
  readonly uses?: KeyUses__Output | null;
  readonly aliases?: readonly AliasListEntry__Output[];
  readonly tags?: readonly Tag__Output[];
}

/** A key, for people. */
export function keyDetails(key: KeyMetadata__Output | null, { uses = null, aliases, tags }: KeyLabels = {}): string {
  if (key === null) return 'The server sent no key.\n';
  return details([
    ['Key', key.key_id],
    ['ARN', key.arn],
    ...insecurity(key),
    ['Description', visible(key.description) || '-'],
    ...(aliases === undefined ? [] : [['Aliases', aliasLines(aliases)] as const]),
    ...(tags === undefined ? [] : [['Tags', tagLines(tags) || '-'] as const]),
    ['State', stateOf(key)],
    ...deletion(key),
    ['Protected', key.deletion_protection ? 'yes, it cannot be deleted' : 'no'],
    ['Created', readableTimestamp(key.creation_date)],
    ...rotation(key),
    ...useFacts(uses, key.creation_date),
    ['Spec', bare(key.key_spec, 'KEY_SPEC_')],
    ['Usage', bare(key.key_usage, 'KEY_USAGE_TYPE_')],
    ['Origin', bare(key.origin, 'ORIGIN_TYPE_')],
    ...expiry(key),
    ['Encrypts with', key.current_key_material_id || 'nothing: its material is not imported yet'],
    ['Decrypts with', count(key.rotation?.key_material_count ?? 0, 'backing key')],
  ]);
}

/** The names of a key, a line each. */
export function aliasLines(aliases: readonly AliasListEntry__Output[]): string {
  return aliases.map(({ alias_name }) => alias_name).join('\n') || '-';
}

/** Keys, for people. */
export function keyTable(keys: readonly KeyListEntry__Output[]): string {
  const rows = keys.map((key) => [
    key.key_id,
    words(key.key_state, 'KEY_STATE_'),
    readableTimestamp(key.creation_date).slice(0, 'yyyy-mm-dd'.length),
    visible(key.description),
  ]);
  return table(['KEY', 'STATE', 'CREATED', 'DESCRIPTION'], rows);
}

function insecurity({ insecure }: KeyMetadata__Output): Fact[] {
  return insecure ? [['INSECURE', 'its material is known: it came from a seed file, for development']] : [];
}

function stateOf({ key_state, key_state_date }: KeyMetadata__Output): string {
  const since = key_state_date === null ? '' : ` since ${readableTimestamp(key_state_date)}`;
  return `${words(key_state, 'KEY_STATE_')}${since}`;
}

function deletion({ deletion_date }: KeyMetadata__Output): Fact[] {
  return deletion_date === null ? [] : [['Destroyed', `${readableTimestamp(deletion_date)}, unless that is cancelled`]];
}

function rotation({ rotation: known }: KeyMetadata__Output): Fact[] {
  const schedule = known?.enabled
    ? `every ${count(known.rotation_period_in_days, 'day')}, next on ${readableTimestamp(known.next_rotation_date)}`
    : 'on demand only';
  return [
    ['Rotates', schedule],
    ['Rotated', known?.last_rotation_date ? readableTimestamp(known.last_rotation_date) : 'never'],
  ];
}

function expiry({ origin, valid_to, current_key_material_id }: KeyMetadata__Output): Fact[] {
  if (origin !== 'ORIGIN_TYPE_EXTERNAL' || current_key_material_id === '') return [];
  if (valid_to === null) return [['Expires', 'never']];
  return [['Expires', `${readableTimestamp(valid_to)}, the first of its material`]];
}
