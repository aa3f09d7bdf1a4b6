import type { Latchkey } from '../client/connect.ts';
import type { KeyMetadata__Output } from '../generated/latchkey/v1/KeyMetadata.ts';
import type { KeyUses__Output } from '../generated/latchkey/v1/KeyUses.ts';
import { UsageError } from './failure.ts';
import { aliasesOf } from './key-labels.ts';
import { aliasLines } from './key-text.ts';
import { readableTimestamp } from './message-json.ts';
import type { Timestamp } from './message-json.ts';
import { count, details, visible, words } from './text.ts';
import { useFacts } from './use-text.ts';

/** An alias may be pointed at another key between what is shown and what is destroyed. */
export function refuseAlias(key: string): void {
  if (/(^|:)alias\//.test(key))
    throw new UsageError('Name the key by its id or ARN, not by an alias; latchkey keys describe shows both.');
}

/** A key about to lose something: its id, and what a person should see before agreeing. */
export async function keyAtStake(latchkey: Pick<Latchkey, 'keys'>, key: string): Promise<{ keyId: string; text: string }> {
  const { key_metadata, uses } = await latchkey.keys.describeKey({ key_id: key });
  if (key_metadata === null) throw new Error('The server described no key.');
  const names = aliasLines(await aliasesOf(latchkey, key_metadata.key_id));
  return { keyId: key_metadata.key_id, text: lossDetails(key_metadata, { names, uses, now: Date.now() }) };
}

function lossDetails(key: KeyMetadata__Output, { names, uses, now }: Stake): string {
  const dated = (timestamp: Timestamp | null) => `${readableTimestamp(timestamp)}${ago(timestamp, now)}`;
  const rotated = key.rotation?.last_rotation_date;
  return details([
    ['Key', key.key_id],
    ['Description', visible(key.description) || '-'],
    ['Aliases', names],
    ['State', words(key.key_state, 'KEY_STATE_')],
    ['Created', dated(key.creation_date)],
    ['Rotated', rotated ? dated(rotated) : 'never'],
    ['Backing keys', String(key.rotation?.key_material_count ?? 0)],
    ...useFacts(uses, key.creation_date, dated),
  ]);
}

interface Stake {
  readonly names: string;
  readonly uses: KeyUses__Output | null;
  readonly now: number;
}

function ago(timestamp: Timestamp | null, now: number): string {
  if (timestamp === null) return '';
  const days = Math.floor((now / 1000 - Number(timestamp.seconds)) / 86_400);
  return days < 1 ? ', less than a day ago' : `, ${count(days, 'day')} ago`;
}
