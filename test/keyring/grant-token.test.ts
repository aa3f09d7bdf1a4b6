import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pageToken } from '../../src/control-plane/page-token.ts';
import { grantToken, parseGrantToken, requireGrantTokens } from '../../src/keyring/grant-token.ts';
import { exampleKey, refusal } from '../keys/example-key.ts';
import { grantId } from './example-access.ts';

const key = Buffer.alloc(32, 7);
const mac = (content: Uint8Array) => createHmac('sha256', key).update(content).digest();
const table = {
  generateMaterial: () => {
    throw new Error('not for tokens');
  },
  pageMac: (_: Uint8Array, content: Uint8Array) => mac(content),
  verifyPageMac: (_: Uint8Array, content: Uint8Array, given: Uint8Array) => timingSafeEqual(mac(content), given),
};
const domain = { table, domainKeyId: Buffer.alloc(16, 1) };
const grant = { keyId: exampleKey().keyId, grantId: grantId(0xab) };
const token = grantToken(grant, domain);

describe('a grant token', () => {
  it('names its grant', () => {
    expect(parseGrantToken(token, table)).toEqual(grant);
  });

  it('is another for another grant', () => {
    expect(grantToken({ ...grant, grantId: grantId(1) }, domain)).not.toBe(token);
  });

  it.each([
    ['empty', ''],
    ['cut', token.slice(0, -1)],
    ['with something behind', `${token}A`],
    ['padded', `${token}=`],
    ['with spaces', ` ${token}`],
    ['of another version', `Ag${token.slice(2)}`],
    ['of another grant than it was made for', withByte(60)],
    ['of another key than it was made for', withByte(49)],
    ['with another MAC', withByte(17)],
    ['a page token of the same length', pageToken({ call: 'x', filters: '' }, 'c'.repeat(48), domain)],
    ['random', Buffer.alloc(97, 1).toString('base64url')],
  ])('is refused when it is %s', (_, forged) => {
    expect(parseGrantToken(forged, table)).toBeUndefined();
    expect(() => requireGrantTokens([token, forged], table)).toThrow(refusal('INVALID_REQUEST'));
  });

  it.each([0, 1, 10])('may be one of %i', (count) => {
    expect(() =>
      requireGrantTokens(
        Array.from({ length: count }, () => token),
        table,
      ),
    ).not.toThrow();
  });

  it('may not be one of 11', () => {
    expect(() =>
      requireGrantTokens(
        Array.from({ length: 11 }, () => token),
        table,
      ),
    ).toThrow(expect.objectContaining({ fieldViolations: [{ field: 'grant_tokens', description: 'may have at most 10.' }] }));
  });
});

function withByte(index: number): string {
  const bytes = Buffer.from(token, 'base64url');
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes.toString('base64url');
}
