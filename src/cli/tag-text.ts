import type { Tag, Tag__Output } from '../generated/latchkey/v1/Tag.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { visible } from './text.ts';

/** Pairs of the command line as the tags that the API takes; they read like those of an encryption context. */
export function tagsOf(pairs: EncryptionContext = {}): Tag[] {
  return Object.entries(pairs).map(([tag_key, tag_value]) => ({ tag_key, tag_value }));
}

/** Tags, for people: a line each, as they are written on the command line. */
export function tagLines(tags: readonly Tag__Output[]): string {
  return tags.map(({ tag_key, tag_value }) => `${visible(tag_key)}=${visible(tag_value)}`).join('\n');
}
