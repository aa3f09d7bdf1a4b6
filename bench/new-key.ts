import type { Latchkey } from '../src/client/connect.ts';

export async function newKey({ keys }: Latchkey): Promise<string> {
  const { key_metadata } = await keys.createKey({});
  if (!key_metadata) throw new Error('CreateKey answered without key_metadata.');
  return key_metadata.key_id;
}
