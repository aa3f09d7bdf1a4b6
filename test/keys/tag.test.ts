import { describe, expect, it } from 'vitest';
import { hasTags, maxTags, parseTagKey, parseTags, tagged, untagged } from '../../src/keys/tag.ts';
import { exampleKey, refusal } from './example-key.ts';

const tags = (...keys: readonly string[]) => keys.map((key) => ({ key, value: `value of ${key}` }));

describe('tags of a request', () => {
  it.each(['a', 'a'.repeat(128), '\u{1f511}'.repeat(128), 'team/cost center', 'awsome', ' aws:x', '__proto__'])(
    'may be named %j',
    (key) => {
      expect(parseTagKey(key)).toBe(key);
      expect(parseTags([{ key, value: '' }])).toEqual([{ key, value: '' }]);
    },
  );

  it.each(['', 'a'.repeat(129), '\u{1f511}'.repeat(129), 'a'.repeat(100_000), 'aws:x', 'AWS:x', 'aWs:'])(
    'may not be named %j',
    (key) => {
      expect(() => parseTagKey(key)).toThrow(refusal('INVALID_TAG'));
      expect(() => parseTags([...tags('good'), { key, value: '' }])).toThrow(refusal('INVALID_TAG'));
    },
  );

  it.each(['', 'v'.repeat(256), '\u{1f511}'.repeat(256), 'a aws:x'])('may have the value %j', (value) => {
    expect(() => parseTags([{ key: 'a', value }])).not.toThrow();
  });

  it.each(['v'.repeat(257), '\u{1f511}'.repeat(257), 'v'.repeat(100_000), 'aws:x', 'Aws:x'])(
    'may not have the value %j',
    (value) => {
      expect(() => parseTags([{ key: 'a', value }])).toThrow(refusal('INVALID_TAG'));
    },
  );

  it('name each key once, by its bytes', () => {
    expect(() => parseTags(tags('a', 'b', 'a'))).toThrow(refusal('INVALID_TAG'));
    expect(parseTags(tags('a', 'A', '\u00e9', 'e\u0301'))).toHaveLength(4);
  });
});

describe('tags of a key', () => {
  it('are added, or their values replaced, in the order of their bytes', () => {
    const key = tagged(exampleKey({ tags: tags('B', 'a') }), [
      { key: '\u{10000}', value: '1' },
      { key: '\uff5e', value: '2' },
      { key: 'a', value: '3' },
    ]);
    expect(key.tags).toEqual([
      ...tags('B'),
      { key: 'a', value: '3' },
      { key: '\uff5e', value: '2' },
      { key: '\u{10000}', value: '1' },
    ]);
    expect(tagged(exampleKey(), tags('a')).tags).toEqual(tags('a'));
  });

  it('are removed by name; a name that it does not have is no error', () => {
    expect(untagged(exampleKey({ tags: tags('a', 'b') }), ['a', 'none']).tags).toEqual(tags('b'));
    expect(untagged(exampleKey(), ['a']).tags).toEqual([]);
  });

  it('are 50 at most, counted after replacing', () => {
    const names = Array.from({ length: maxTags }, (_, index) => `${index}`);
    const full = tagged(exampleKey(), tags(...names));
    expect([maxTags, full.tags?.length]).toEqual([50, 50]);
    expect(() => tagged(full, tags('0', '49'))).not.toThrow();
    expect(() => tagged(full, tags('new'))).toThrow(refusal('LIMIT_EXCEEDED'));
  });

  it('are found when all that are wanted are there with their values', () => {
    const key = exampleKey({ tags: tags('a', 'b') });
    expect(hasTags(key, [])).toBe(true);
    expect(hasTags(key, tags('b', 'a'))).toBe(true);
    expect(hasTags(key, tags('a', 'c'))).toBe(false);
    expect(hasTags(key, [{ key: 'a', value: 'value of b' }])).toBe(false);
    expect([hasTags(exampleKey(), tags('a')), hasTags(exampleKey(), [])]).toEqual([false, true]);
  });
});
