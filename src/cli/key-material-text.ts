import type { RotationsListEntry__Output } from '../generated/latchkey/v1/RotationsListEntry.ts';
import { readableTimestamp } from './message-json.ts';
import { table } from './table.ts';
import { words } from './text.ts';
import { useLines } from './use-text.ts';

/** A key's backing keys, for people: an id fills a line of 80 columns, so each one's history stands below it. */
export function keyMaterialTable(materials: readonly RotationsListEntry__Output[]): string {
  if (materials.length === 0) return 'The key has no backing key yet. Bring one: latchkey keys import <key> --file <file>\n';
  const rows = materials.map((material) => [[material.key_material_id, ...history(material)].join('\n  '), stateOf(material)]);
  return table(['BACKING KEY', 'STATE'], rows);
}

function stateOf({ key_material_state }: RotationsListEntry__Output): string {
  return key_material_state === 'KEY_MATERIAL_STATE_NON_CURRENT' ? 'non-current' : words(key_material_state, 'KEY_MATERIAL_STATE_');
}

/** How it came, how long it stays, what it did and what is wrong with it. */
function history(material: RotationsListEntry__Output): string[] {
  const { rotation_date, rotation_type, creation_date, compromised_date, import_state } = material;
  const imported = import_state !== 'IMPORT_STATE_UNSPECIFIED';
  const cause = rotation_type === 'ROTATION_TYPE_AUTOMATIC' ? 'by the schedule' : 'on demand';
  return [
    ...(imported ? [`imported, ${readableTimestamp(creation_date)}`] : []),
    ...(rotation_date === null ? [] : [`rotated ${cause}, ${readableTimestamp(rotation_date)}`]),
    ...(imported || rotation_date !== null ? [] : [`made with the key, ${readableTimestamp(creation_date)}`]),
    ...(imported ? [presence(material)] : []),
    ...useLines(material.uses, creation_date),
    ...(compromised_date === null ? [] : [`COMPROMISED since ${readableTimestamp(compromised_date)}`]),
  ];
}

function presence({ import_state, valid_to }: RotationsListEntry__Output): string {
  if (import_state === 'IMPORT_STATE_PENDING_IMPORT') return 'GONE until the same bytes are imported again';
  return valid_to === null ? 'never expires' : `expires ${readableTimestamp(valid_to)}`;
}
