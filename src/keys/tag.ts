import { KmsError } from '../errors.ts';

/** A label of a KMS key or of a principal. Keys and values are told apart by their bytes. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What tags can be on. */
export interface Taggable {
  readonly tags?: readonly Tag[];
}

/** On one thing. */
export const maxTags = 50;

/** Tags that one request names, each key once. Throws INVALID_TAG, LIMIT_EXCEEDED. */
export function parseTags(tags: readonly Tag[]): readonly Tag[] {
  refuseTooMany(tags.length);
  for (const tag of tags) {
    parseTagKey(tag.key);
    if (charactersOf(tag.value) > maxValueCharacters)
      throw invalidTag(`The value of tag ${shown(tag.key)} has more than ${maxValueCharacters} characters.`);
    if (isReserved(tag.value)) throw invalidTag(`The value of tag ${shown(tag.key)} begins with aws:, which is reserved.`);
  }
  const names = tags.map(({ key }) => key);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalidTag(`The request names tag ${shown(twice)} twice; give each key once.`);
  return tags;
}

/** Keys of tags that one request names. Throws INVALID_TAG, LIMIT_EXCEEDED. */
export function parseTagKeys(tagKeys: readonly string[]): readonly string[] {
  refuseTooMany(tagKeys.length);
  return tagKeys.map(parseTagKey);
}

function refuseTooMany(count: number): void {
  if (count > maxTags)
    throw new KmsError('LIMIT_EXCEEDED', `A key or principal has at most ${maxTags} tags; the request names ${count}.`);
}

/** Throws INVALID_TAG. */
export function parseTagKey(text: string): string {
  const length = charactersOf(text);
  if (length < 1 || length > maxKeyCharacters)
    throw invalidTag(`A tag key has 1 to ${maxKeyCharacters} characters, not ${length}.`);
  if (isReserved(text)) throw invalidTag(`Tag ${shown(text)} begins with aws:, which is reserved; choose another key.`);
  return text;
}

/** The thing with these tags added, or with their values replaced. Throws LIMIT_EXCEEDED. */
export function tagged<Thing extends Taggable>(thing: Thing, tags: readonly Tag[]): Thing {
  const names = new Set(tags.map((tag) => tag.key));
  return withTags(thing, [...(thing.tags ?? []).filter((tag) => !names.has(tag.key)), ...tags]);
}

/** The thing without these tags. */
export function untagged<Thing extends Taggable>(thing: Thing, tagKeys: readonly string[]): Thing {
  return withTags(
    thing,
    (thing.tags ?? []).filter((tag) => !tagKeys.includes(tag.key)),
  );
}

/** Whether the thing has all of these tags, with these values. */
export function hasTags(thing: Taggable, tags: readonly Tag[]): boolean {
  return tags.every((wanted) => thing.tags?.some((tag) => tag.key === wanted.key && tag.value === wanted.value));
}

function withTags<Thing extends Taggable>(thing: Thing, tags: readonly Tag[]): Thing {
  if (tags.length > maxTags) {
    throw new KmsError('LIMIT_EXCEEDED', `There would be ${tags.length} tags; ${maxTags} is the most, remove some first.`);
  }
  return { ...thing, tags: tags.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))) };
}

function isReserved(text: string): boolean {
  return /^aws:/i.test(text);
}

/** Unicode code points; a text that is far too long is not taken apart. */
function charactersOf(text: string): number {
  return text.length > 2 * maxValueCharacters ? text.length : Array.from(text).length;
}

function shown(tagKey: string): string {
  return JSON.stringify(tagKey.slice(0, maxKeyCharacters));
}

function invalidTag(message: string): KmsError {
  return new KmsError('INVALID_TAG', message);
}

const maxKeyCharacters = 128;
const maxValueCharacters = 256;
