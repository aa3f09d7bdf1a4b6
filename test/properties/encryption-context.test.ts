import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesField, message } from '../e2e/protobuf-bytes.ts';
import { contextWithPairs } from './arbitraries.ts';
import { type Pairs, refused, useTwoKeys } from './two-keys.ts';

const keys = useTwoKeys();
const plaintext = Buffer.from('x');

it('does not depend on the order of the pairs', async () => {
  await fc.assert(
    fc.asyncProperty(
      contextWithPairs.chain((pairs) => fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length }))),
      async ([pairs, shuffled]) => {
        expect(await keys.decrypt(await keys.encrypt(plaintext, pairs), shuffled)).toEqual(plaintext);
      },
    ),
    { numRuns: 200 },
  );
});

it('keeps apart what looks alike', async () => {
  const distinct: readonly Pairs[] = [
    [],
    [['', '']],
    [['a', '']],
    [['', 'a']],
    [['ab', 'c']],
    [['a', 'bc']],
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
    [['a', 'bcd']],
    [['a', 'b\0c']],
    // The same to the eye: composed, decomposed.
    [['\u00e9', '']],
    [['e\u0301', '']],
    [['__proto__', 'x']],
    [['constructor', 'x']],
  ];
  const sealed = await Promise.all(distinct.map(async (pairs) => keys.encrypt(plaintext, pairs)));
  for (const [index, ciphertext] of sealed.entries()) {
    for (const [other, pairs] of distinct.entries()) {
      const opening = keys.decrypt(ciphertext, pairs);
      if (index === other) expect(await opening).toEqual(plaintext);
      else
        expect((await refused(opening)).reason, `${JSON.stringify(distinct[index])} opened with ${JSON.stringify(pairs)}`).toBe(
          'INVALID_CIPHERTEXT',
        );
    }
  }
});

it('is the same for a missing key or value as for an empty one', async () => {
  const withoutBoth = message(bytesField(1, keys.keyId), bytesField(2, plaintext), bytesField(3, ''));
  const response = await keys.service.run('Encrypt', withoutBoth);
  expect(response.length).toBeGreaterThan(0);
});

describe('refuses', () => {
  const cases: Record<string, Pairs> = {
    'a key twice': [
      ['a', '1'],
      ['a', '2'],
    ],
    'a key twice with the same value': [
      ['a', '1'],
      ['a', '1'],
    ],
    'the empty key twice': [
      ['', '1'],
      ['', '2'],
    ],
    'a key that is not UTF-8': [[Buffer.of(0xff), 'x']],
    'a value that is not UTF-8': [['x', Buffer.of(0xc3, 0x28)]],
    'an overlong form': [[Buffer.of(0xc0, 0xaf), 'x']],
    'a surrogate': [[Buffer.of(0xed, 0xa0, 0x80), 'x']],
    'a number past U+10FFFF': [[Buffer.of(0xf4, 0x90, 0x80, 0x80), 'x']],
    '65 pairs': Array.from({ length: 65 }, (_, index) => [`key ${index}`, 'x'] as const),
    'more than 8192 canonical bytes': [['x', 'y'.repeat(8192)]],
  };
  it.each(Object.entries(cases))('%s', async (_, pairs) => {
    expect((await refused(keys.encrypt(plaintext, pairs))).reason).toBe('INVALID_REQUEST');
    expect((await refused(keys.decrypt(Buffer.alloc(75, 1), pairs))).reason).toBe('INVALID_REQUEST');
  });
});

it('takes 64 pairs, and exactly 8192 canonical bytes', async () => {
  const most = Array.from({ length: 64 }, (_, index) => [`key ${index}`, 'x'] as const);
  expect(await keys.decrypt(await keys.encrypt(plaintext, most), most.toReversed())).toEqual(plaintext);
  const longest: Pairs = [['x', 'y'.repeat(8192 - 4 - 8 - 1)]];
  expect(await keys.decrypt(await keys.encrypt(plaintext, longest), longest)).toEqual(plaintext);
  expect((await refused(keys.encrypt(plaintext, [['x', 'y'.repeat(8192 - 4 - 8)]]))).reason).toBe('INVALID_REQUEST');
});
