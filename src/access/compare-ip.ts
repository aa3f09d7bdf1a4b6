import { isIPv4, isIPv6 } from 'node:net';

interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** Addresses that begin with the same bits. */
export interface IpRange extends Address {
  readonly prefixBits: number;
}

/** An address or a range in CIDR notation; `undefined` when the text is neither. Bits behind the prefix do not count. */
export function parseIpRange(text: string): IpRange | undefined {
  const [, addressText = '', prefixText] = rangePattern.exec(text) ?? [];
  const address = parseBits(addressText);
  if (address === undefined) return undefined;
  const prefixBits = prefixText === undefined ? widths[address.family] : Number(prefixText);
  if (prefixBits > widths[address.family]) return undefined;
  return isMapped(address) && prefixBits >= mappedPrefixBits
    ? { ...unmapped(address), prefixBits: prefixBits - mappedPrefixBits }
    : { ...address, prefixBits };
}

/** `undefined` when the text is no address. IPv4-mapped IPv6 addresses are IPv4: a socket for both shows IPv4 clients as such. */
export function parseIpAddress(text: string): Address | undefined {
  const address = parseBits(text);
  return address !== undefined && isMapped(address) ? unmapped(address) : address;
}

export function isInRange(address: Address, range: IpRange): boolean {
  const ignoredBits = BigInt(widths[range.family] - range.prefixBits);
  return address.family === range.family && address.bits >> ignoredBits === range.bits >> ignoredBits;
}

function parseBits(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, bits: joined(octetsOf(text), 8n) };
  // A zone names an interface of one machine.
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = [], tail = []] = text.split('::').map(groupsOf);
  const groups = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return { family: 6, bits: joined(groups, 16n) };
}

/** Of 16 bits; the last two may be written as an IPv4 address. */
function groupsOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [first = 0, second = 0, third = 0, fourth = 0] = octetsOf(group);
    return [first * 256 + second, third * 256 + fourth];
  });
}

function octetsOf(text: string): readonly number[] {
  return text.split('.').map(Number);
}

function joined(numbers: readonly number[], bitsEach: bigint): bigint {
  return numbers.reduce((bits, number) => (bits << bitsEach) | BigInt(number), 0n);
}

/** `::ffff:0:0/96`, RFC 4291 §2.5.5.2. */
function isMapped({ family, bits }: Address): boolean {
  return family === 6 && bits >> 32n === 0xffffn;
}

function unmapped({ bits }: Address): Address {
  return { family: 4, bits: bits & 0xffffffffn };
}

const widths = { 4: 32, 6: 128 } as const;
const mappedPrefixBits = 96;
const rangePattern = /^([0-9A-Fa-f:.]+)(?:\/(0|[1-9][0-9]{0,2}))?$/;
