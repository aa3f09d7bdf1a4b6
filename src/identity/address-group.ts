import { isIP, isIPv6 } from 'node:net';

/**
 * What counts as one address: IPv4 as it is, also inside IPv6, and the first four groups of IPv6, which is one customer's. Anything else,
 * such as a Unix socket, is one too.
 */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return isIP(address) === 4 ? address : 'local';
  const groups = ipv6Groups(address);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return ipv4Text(groups[6] ?? 0, groups[7] ?? 0);
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

/** The eight numbers of an address that is valid. */
function ipv6Groups(address: string): readonly number[] {
  const [withoutZone = ''] = address.split('%');
  const hexOnly = withoutZone.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = hexOnly.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number(`0x${group}`));
}

function ipv4Text(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
