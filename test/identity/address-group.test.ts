import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressGroup } from '../../src/identity/address-group.ts';

describe('what counts as one address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::', '2001:db8:1:2'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
    ['2001:db8::192.0.2.1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', 'local'],
    ['/run/latchkey.sock', 'local'],
  ])('%j is %j', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });

  it('is the first half of any IPv6 address, however it is written', () => {
    const group = fc.nat({ max: 0xffff });
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const long = groups.map((number) => number.toString(16).padStart(4, '0')).join(':');
        // What URL makes of it is the short form of RFC 5952.
        const short = new URL(`http://[${long}]`).hostname.slice(1, -1);
        expect(addressGroup(short)).toBe(addressGroup(long));
        const isMapped = groups.slice(0, 6).join() === '0,0,0,0,0,65535';
        if (!isMapped)
          expect(addressGroup(long)).toBe(
            groups
              .slice(0, 4)
              .map((number) => number.toString(16))
              .join(':'),
          );
      }),
    );
  });
});
