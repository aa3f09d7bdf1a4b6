import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pageToken, parsePageToken } from '../../src/control-plane/page-token.ts';

const key = Buffer.alloc(32, 7);
const mac = (content: Uint8Array) => createHmac('sha256', key).update(content).digest();
const table = {
  generateMaterial: () => {
    throw new Error('not for lists');
  },
  pageMac: (_: Uint8Array, content: Uint8Array) => mac(content),
  verifyPageMac: (_: Uint8Array, content: Uint8Array, given: Uint8Array) => timingSafeEqual(mac(content), given),
};
const plane = { table, domainKeyId: Buffer.alloc(16, 1) };
const list = { call: 'ListAliases', filters: 'key-1' };

describe('page tokens', () => {
  it.each(['a', 'alias/\u{10000}', '7'])('carry the cursor %s', (cursor) => {
    expect(parsePageToken(list, pageToken(list, cursor, plane), plane)).toBe(cursor);
  });

  it('do not show the cursor, which may be what the caller must not see', () => {
    const cursor = `alias/${'x'.repeat(250)}`;
    const bytes = Buffer.from(pageToken(list, cursor, plane), 'base64url');
    expect(bytes.toString('latin1')).not.toContain('xx');
    expect(parsePageToken(list, bytes.toString('base64url'), plane)).toBe(cursor);
  });

  it('are empty at the beginning', () => {
    expect(parsePageToken(list, '', plane)).toBeUndefined();
  });

  const token = pageToken(list, 'alias/a', plane);
  it.each([
    ['of another call', pageToken({ ...list, call: 'ListKeys' }, 'alias/a', plane)],
    ['with other filters', pageToken({ ...list, filters: 'key-2' }, 'alias/a', plane)],
    ['made up', Buffer.from('alias/a').toString('base64url')],
    ['cut', token.slice(0, -1)],
    ['with something behind', `${token}AAAA`],
    ['padded', `${token}=`],
    ['with another version', `AQ${token.slice(2)}`],
    ['with spaces', ` ${token}`],
  ])('%s are refused', (_, forged) => {
    expect(() => parsePageToken(list, forged, plane)).toThrow(expect.objectContaining({ reason: 'INVALID_PAGE_TOKEN' }));
  });
});
