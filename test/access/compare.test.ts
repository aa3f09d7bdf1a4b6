import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasFixedOwner, likeArn } from '../../src/access/compare-arn.ts';
import { parseDate } from '../../src/access/compare-date.ts';
import { isInRange, parseIpAddress, parseIpRange } from '../../src/access/compare-ip.ts';
import { compared, piecesOf } from '../../src/access/policy-variables.ts';

describe('an ARN', () => {
  it.each([
    ['arn:aws:kms:us-east-1:111122223333:key/1', 'arn:aws:kms:us-east-1:111122223333:key/1', true],
    ['arn:aws:kms:us-east-1:111122223333:key/1', 'arn:aws:kms:us-east-1:111122223333:key/1 ', false],
    ['arn:aws:kms:us-east-1:111122223333:key/1', 'arn:aws:kms:us-east-1:111122223333:KEY/1', false],
    ['arn:aws:kms:us-east-1:111122223333:key/1', 'arn:aws:kms:us-east-1:111122223333:key/1/', false],
    ['arn:aws:kms:*:111122223333:key/*', 'arn:aws:kms:eu-west-1:111122223333:key/a/b', true],
    ['arn:aws:kms:*:*:key/??', 'arn:aws:kms:x:y:key/12', true],
    ['arn:aws:kms:?:*:key/*', 'arn:aws:kms::1:key/a', false],
    // The example of AWS: a wildcard does not reach across a colon.
    ['arn:aws:some:*:111122223333:finance/*', 'arn:aws:some:us-east-2:999999999999:store/abc:111122223333:finance/a.txt', false],
    ['arn:aws:some:*:1:a*', 'arn:aws:some:x:1:a:b:c', true],
    ['arn:aws:some:*:1:*:c', 'arn:aws:some:x:1:a:b:c', true],
    ['arn:aws:kms:*:*:*', 'arn:aws:kms:x:y', false],
    ['arn:aws:kms:*:*:*', 'arn:aws:kms:x:y:', true],
    ['arn:aws:kms:*:*:*', '', false],
    [':::::', ':::::', true],
  ])('%j and %j: %s', (pattern, text, fits) => {
    expect(compared(piecesOf(pattern, '2012-10-17'), likeArn)(text, () => undefined)).toBe(fits);
  });

  it.each([
    ['arn:aws:iam::1:user/${aws:username}', 'alice', 'arn:aws:iam::1:user/alice', true],
    ['arn:aws:iam::1:user/${aws:username}/*', 'a:b', 'arn:aws:iam::1:user/a:b/c', true],
    ['arn:aws:iam::${aws:username}:user/x', '1', 'arn:aws:iam::1:user/x', true],
    // A wildcard or a part injected through a name.
    ['arn:aws:iam::1:user/${aws:username}', '*', 'arn:aws:iam::1:user/alice', false],
    ['arn:aws:iam::${aws:username}:user/x', '*', 'arn:aws:iam::1:user/x', false],
    ['arn:aws:${aws:username}::1:user/x', 'iam::1:user/x', 'arn:aws:iam::1:user/x:::1:user/x', false],
    ['arn:aws:${aws:username}::1:user/x', 'iam:', 'arn:aws:iam:::1:user/x', false],
    ['arn:aws:iam::1:user/${aws:username}', undefined, 'arn:aws:iam::1:user/', false],
  ])('%j of %j and %j: %s', (pattern, name, text, fits) => {
    expect(compared(piecesOf(pattern, '2012-10-17'), likeArn)(text, () => name)).toBe(fits);
  });

  it.each([
    ['arn:aws:kms:r:1:key/${aws:userid}', true],
    ['arn:aws:kms:r:1:${aws:userid}', true],
    ['arn:aws:kms:r:${aws:userid}:key/1', false],
    ['${aws:PrincipalTag/a:b:c:d:e:f}:key', false],
  ])('%s says whose it is: %s', (pattern, fixed) => {
    expect(hasFixedOwner(piecesOf(pattern, '2012-10-17'))).toBe(fixed);
  });
});

describe('a date', () => {
  it.each([
    ['2027-01', '2027-01-01T00:00:00.000Z'],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T10:20Z', '2027-01-31T10:20:00.000Z'],
    ['2027-01-31T10:20:30Z', '2027-01-31T10:20:30.000Z'],
    ['2027-01-31T10:20:30.5Z', '2027-01-31T10:20:30.500Z'],
    ['2027-01-31T10:20:30.123456789Z', '2027-01-31T10:20:30.123Z'],
    ['2027-01-31T10:20:30+05:30', '2027-01-31T04:50:30.000Z'],
    ['2027-01-31T22:20:30-05:30', '2027-02-01T03:50:30.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['0000-01-01', '0000-01-01T00:00:00.000Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
    ['1801353600', '2027-01-31T00:00:00.000Z'],
  ])('%s is %s', (text, utc) => {
    const ms = parseDate(text);
    expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(utc);
  });

  it.each([
    [''],
    ['2027'],
    ['2027-02-30'],
    ['2027-02-29'],
    ['2027-13-01'],
    ['2027-00-01'],
    ['2027-01-00'],
    ['2027-1-1'],
    ['2027-01-31 10:20:30Z'],
    ['2027-01-31t10:20:30z'],
    ['2027-01-31T10:20:30'],
    ['2027-01-31T10Z'],
    ['2027-01-31T24:00:00Z'],
    ['2027-01-31T23:59:60Z'],
    ['2027-01-31T10:20:30.Z'],
    ['2027-01-31T10:20:30+24:00'],
    ['2027-01-31T10:20:30+0530'],
    ['2027-01-31T10:20:30Z '],
    ['+2027-01-31'],
    ['-1'],
    ['1.5'],
    ['1801353600000'],
    ['Sun, 31 Jan 2027 00:00:00 GMT'],
  ])('%j is none', (text) => {
    expect(parseDate(text)).toBeUndefined();
  });
});

describe('a range of addresses', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.99/24', '203.0.113.1', true],
    ['203.0.113.0/31', '203.0.113.2', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '10.0.0.1', false],
    ['::/0', '2001:db8::1', true],
    ['2001:db8::/32', '2001:0DB8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
    ['::1', '::1', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['10.0.0.0/8', '::FFFF:11.1.2.3', false],
    ['10.0.0.0/8', '::10.1.2.3', false],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:0:0/95', '10.1.2.3', false],
    ['64:ff9b::/96', '64:ff9b::10.1.2.3', true],
    ['10.0.0.0/8', '10.1.2', false],
    ['10.0.0.0/8', '10.1.2.3/32', false],
    ['10.0.0.0/8', '010.1.2.3', false],
    ['fe80::/10', 'fe80::1%eth0', false],
    ['10.0.0.0/8', '', false],
  ])('%s and %s: %s', (range, address, inside) => {
    expect(contains(range, address)).toBe(inside);
  });

  it('holds what the BlockList of Node.js says it holds', () => {
    const family = fc.constantFrom<4 | 6>(4, 6);
    fc.assert(
      fc.property(
        family,
        fc.nat(128),
        fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }),
        fc.nat(127),
        (kind, prefix, groups, flipped) => {
          const network = addressOf(kind, groups);
          const other = addressOf(kind, withBitFlipped(groups, flipped));
          const bits = prefix % (kind === 4 ? 33 : 129);
          const list = new BlockList();
          list.addSubnet(network, bits, kind === 4 ? 'ipv4' : 'ipv6');
          expect(contains(`${network}/${bits}`, other)).toBe(list.check(other, isIPv4(other) ? 'ipv4' : 'ipv6'));
        },
      ),
    );
  });
});

function contains(range: string, address: string): boolean {
  const parsed = parseIpAddress(address);
  return parsed !== undefined && isInRange(parsed, parseIpRange(range)!);
}

function addressOf(family: 4 | 6, groups: readonly number[]): string {
  if (family === 6) return groups.map((group) => group.toString(16)).join(':');
  return groups
    .slice(0, 2)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

function withBitFlipped(groups: readonly number[], bit: number): number[] {
  return groups.map((group, index) => (index === bit >> 4 ? group ^ (1 << (bit & 15)) : group));
}
