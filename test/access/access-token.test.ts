import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accessTokenRandomBytes, accessTokenText, isSecretOf, parseAccessToken } from '../../src/access/access-token.ts';

const random = Buffer.from(Array.from({ length: accessTokenRandomBytes }, (_, index) => index * 5));
const text = accessTokenText(random);

describe('an access token', () => {
  it('has an id and a secret, and a prefix that secret scanners find', () => {
    expect(text).toMatch(/^lk_[a-z2-7]{16}_[A-Za-z0-9_-]{43}$/);
  });

  it('is kept as the hash of its secret', () => {
    const presented = parseAccessToken(text);
    expect(presented?.tokenId).toBe(text.slice(3, 19));
    expect(presented?.secretHash).toBe(createHash('sha256').update(random.subarray(16)).digest('hex'));
  });

  it('is another for every random bit', () => {
    const texts = random
      .toString('hex')
      .split('')
      .map((_, digit) => accessTokenText(withDigitChanged(digit)));
    // Of the id's bytes, five of eight bits are used: the first digit of each has one of them.
    expect(new Set([...texts, text]).size).toBe(texts.length + 1);
  });

  it('has one spelling', () => {
    const last = text.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = Array.from(alphabet)
      .filter((letter) => letter !== last)
      .map((letter) => `${text.slice(0, -1)}${letter}`);
    const same = spellings.filter((spelling) => parseAccessToken(spelling)?.secretHash === parseAccessToken(text)?.secretHash);
    expect(same).toEqual([]);
  });

  it.each([
    [''],
    ['lk_'],
    [text.toUpperCase()],
    [` ${text}`],
    [`${text}\n`],
    [`${text}=`],
    [text.replace('lk_', 'lk-')],
    [text.slice(0, -1)],
    [`${text}A`],
    [text.replace(/^lk_./, 'lk_0')],
  ])('%j is none', (other) => {
    expect(parseAccessToken(other)).toBeUndefined();
  });

  it('is told from another by its secret', () => {
    const presented = parseAccessToken(text)!;
    const other = parseAccessToken(accessTokenText(withDigitChanged(95)))!;
    expect(isSecretOf(presented, presented)).toBe(true);
    expect(isSecretOf(presented, other)).toBe(false);
  });
});

function withDigitChanged(digit: number): Buffer {
  const hex = random.toString('hex');
  const changed = (Number.parseInt(hex[digit] ?? '', 16) ^ 1).toString(16);
  return Buffer.from(`${hex.slice(0, digit)}${changed}${hex.slice(digit + 1)}`, 'hex');
}
