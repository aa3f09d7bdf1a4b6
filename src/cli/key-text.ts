import type { KeyListEntry__Output } from '../generated/latchkey/v1/KeyListEntry.ts';
import type { KeyMetadata__Output } from '../generated/latchkey/v1/KeyMetadata.ts';
import type { RotationsListEntry__Output } from '../generated/latchkey/v1/RotationsListEntry.ts';
import { readableTimestamp } from './message-json.ts';
import { table } from './table.ts';
import { bare, count, details, visible, words } from './text.ts';

/** A key, for people. */
export function keyDetails(key: KeyMetadata__Output | null): string {
  if (key === null) return 'The server sent no key.\n';
  const { rotation } = key;
  return details([
    ['Key', key.key_id],
    ['ARN', key.arn],
    ['Description', visible(key.description) || '-'],
    ['State', words(key.key_state, 'KEY_STATE_')],
    ['Created', readableTimestamp(key.creation_date)],
    ['Rotated', rotation?.last_rotation_date ? readableTimestamp(rotation.last_rotation_date) : 'never'],
    ['Spec', bare(key.key_spec, 'KEY_SPEC_')],
    ['Usage', bare(key.key_usage, 'KEY_USAGE_TYPE_')],
    ['Origin', bare(key.origin, 'ORIGIN_TYPE_')],
    ['Encrypts with', key.current_key_material_id],
    ['Decrypts with', count(rotation?.key_material_count ?? 0, 'backing key')],
  ]);
}

/** Keys, for people. */
export function keyTable(keys: readonly KeyListEntry__Output[]): string {
  if (keys.length === 0) return 'There are no keys. Make one: latchkey keys create\n';
  const rows = keys.map((key) => [
    key.key_id,
    words(key.key_state, 'KEY_STATE_'),
    readableTimestamp(key.creation_date).slice(0, 'yyyy-mm-dd'.length),
    visible(key.description),
  ]);
  return table(['KEY', 'STATE', 'CREATED', 'DESCRIPTION'], rows);
}

/** A key's backing keys, for people: an id fills a line of 80 columns, so each one's history stands below it. */
export function keyMaterialTable(rotations: readonly RotationsListEntry__Output[]): string {
  const rows = rotations.map((material) => [
    `${material.key_material_id}\n  ${history(material)}`,
    words(material.key_material_state, 'KEY_MATERIAL_STATE_'),
  ]);
  return table(['BACKING KEY', 'STATE'], rows);
}

function history({ rotation_date, rotation_type, creation_date }: RotationsListEntry__Output): string {
  if (rotation_date === null) return `made with the key, ${readableTimestamp(creation_date)}`;
  const cause = rotation_type === 'ROTATION_TYPE_AUTOMATIC' ? 'by the schedule' : 'on demand';
  return `rotated ${cause}, ${readableTimestamp(rotation_date)}`;
}
