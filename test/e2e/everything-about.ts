import type { Latchkey } from '../../src/client/connect.ts';

/** All that the API shows of a key: what a refused call must leave as it was. */
export async function everythingAbout({ keys }: Latchkey, key_id: string): Promise<object> {
  const page = { key_id, page_size: 1000 };
  const [described, { aliases }, { tags }, { rotations }, status] = await Promise.all([
    keys.describeKey({ key_id }),
    keys.listAliases(page),
    keys.listResourceTags(page),
    keys.listKeyRotations({ ...page, include_key_material: true }),
    keys.getKeyRotationStatus({ key_id }),
  ]);
  return { described, aliases, tags, rotations, status };
}

/** The name of a key's state, without its prefix. */
export async function stateOfKey({ keys }: Latchkey, key_id: string): Promise<string> {
  const { key_metadata } = await keys.describeKey({ key_id });
  return (key_metadata?.key_state ?? '').replace('KEY_STATE_', '');
}
