/**
 * How texts, numbers, dates, addresses and ARNs compare, for the reference evaluator: slow, obvious, and without a line of
 * src/access, so that one mistake is not made twice.
 */

/** A character of a pattern: one that stands for itself, or a wildcard. What a variable stands for never does more than be itself. */
export type PatternToken = { readonly literal: string; readonly ofVariable?: true } | 'any' | 'one';

export function tokensOf(pattern: string): PatternToken[] {
  return pattern.split('').map((character) => (character === '*' ? 'any' : character === '?' ? 'one' : { literal: character }));
}

export function variableTokens(text: string): PatternToken[] {
  return text.split('').map((literal) => ({ literal, ofVariable: true }));
}

/** By dynamic programming: `fits[t]` says whether the tokens so far match the first t characters. */
export function likeTokens(tokens: readonly PatternToken[], text: string): boolean {
  let fits = [true, ...text.split('').map(() => false)];
  for (const token of tokens) {
    const next = fits.map(() => false);
    for (let at = 0; at <= text.length; at++) {
      if (token === 'any') next[at] = fits[at] === true || (at > 0 && next[at - 1] === true);
      else if (at > 0) next[at] = fits[at - 1] === true && (token === 'one' || token.literal === text[at - 1]);
    }
    fits = next;
  }
  return fits[text.length] === true;
}

/** An ARN has six parts; each is compared on its own, and only the last may have colons. */
export function likeArn(tokens: readonly PatternToken[], text: string): boolean {
  const texts = text.split(':');
  if (texts.length < 6) return false;
  const textParts = [...texts.slice(0, 5), texts.slice(5).join(':')];
  const patternParts: PatternToken[][] = [[]];
  for (const token of tokens) {
    if (patternParts.length < 6 && typeof token === 'object' && token.literal === ':' && !token.ofVariable) patternParts.push([]);
    else patternParts[patternParts.length - 1]!.push(token);
  }
  return patternParts.length === 6 && patternParts.every((part, index) => likeTokens(part, textParts[index]!));
}

export function numberOf(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Milliseconds since 1970 of an ISO 8601 date, or of seconds since 1970. */
export function dateOf(text: string): number | undefined {
  if (/^-?\d+$/.test(text)) return Number(text) * 1000;
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d))?$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone = 'Z'] = match;
  const ms = Math.floor(Number(`0.${fraction}`) * 1000);
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  return local - offsetMinutes(zone) * 60_000;
}

function offsetMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Whether an address lies in a network; with no prefix the network is one address. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = '', prefix] = network.split('/');
  const from = addressOf(base);
  const at = addressOf(address);
  if (from === undefined || at === undefined || from.bits !== at.bits) return false;
  const mapped = base.includes(':') && from.bits === 32;
  const length = prefix === undefined ? from.bits : Number(prefix) - (mapped ? 96 : 0);
  const hostBits = BigInt(from.bits - length);
  return from.value >> hostBits === at.value >> hostBits;
}

function addressOf(text: string): Address | undefined {
  if (!text.includes(':')) return v4Of(text);
  const groups = groupsOf(text);
  if (groups === undefined) return undefined;
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  const isMapped = value >> 32n === 0xffffn;
  return isMapped ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

function v4Of(text: string): Address | undefined {
  const bytes = text.split('.');
  if (bytes.length !== 4 || !bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256)) return undefined;
  return { bits: 32, value: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) };
}

/** The eight groups of an IPv6 address, `::` filled in. */
function groupsOf(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groupOf)));
  if (head === undefined || [...head, ...(tail ?? [])].some(Number.isNaN)) return undefined;
  if (tail === undefined) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** One group, or the two that a dotted IPv4 tail makes. */
function groupOf(text: string): number[] {
  if (/^[0-9a-fA-F]{1,4}$/.test(text)) return [Number.parseInt(text, 16)];
  const dotted = text.includes('.') ? v4Of(text) : undefined;
  return dotted === undefined ? [Number.NaN] : [Number(dotted.value >> 16n), Number(dotted.value & 0xffffn)];
}
