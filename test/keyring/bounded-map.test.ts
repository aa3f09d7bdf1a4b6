import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../src/keyring/bounded-map.ts';

it('keeps what was used last', () => {
  const map = new BoundedMap<string, number>(3);
  map.set('a', 1);
  map.set('b', 2);
  map.set('c', 3);
  expect(map.get('a')).toBe(1);
  map.set('d', 4);
  expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([1, undefined, 3, 4]);
});

it('replaces, deletes and clears', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('a', 2);
  map.set('b', 3);
  expect([map.get('a'), map.get('b')]).toEqual([2, 3]);
  map.delete('a');
  expect(map.get('a')).toBeUndefined();
  map.clear();
  expect(map.get('b')).toBeUndefined();
});

describe('with weights', () => {
  const map = () => new BoundedMap<string, string>(6, (value) => value.length);
  const kept = (of: BoundedMap<string, string>) => [...of.values()].join(' ');

  it('drops as many as make room, the ones used longest ago', () => {
    const words = map();
    for (const word of ['aa', 'bb', 'c']) words.set(word, word);
    words.get('aa');
    words.set('ddd', 'ddd');
    expect(kept(words)).toBe('c aa ddd');
  });

  it('keeps the newest alone when it weighs more than all may', () => {
    const words = map();
    words.set('a', 'a');
    words.set('b', 'bbbbbbbbb');
    expect(kept(words)).toBe('bbbbbbbbb');
    words.set('c', 'c');
    expect(kept(words)).toBe('c');
  });

  it('counts what was replaced, deleted or cleared no more', () => {
    const words = map();
    words.set('a', 'aaaaaa');
    words.set('a', 'aaa');
    words.set('b', 'bb');
    words.delete('b');
    words.delete('none');
    words.set('c', 'ccc');
    expect(kept(words)).toBe('aaa ccc');
    words.clear();
    words.set('d', 'dddddd');
    expect(kept(words)).toBe('dddddd');
  });
});
