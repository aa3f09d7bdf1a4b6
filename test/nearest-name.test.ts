import { expect, it } from 'vitest';
import { nearestName } from '../src/nearest-name.ts';

const names = ['address', 'tls', 'principal', 'client_ca', 'key'];

it.each([
  ['adress', 'address'],
  ['addresss', 'address'],
  ['addrses', 'address'],
  ['Address', 'address'],
  ['principle', 'principal'],
  ['client-ca', 'client_ca'],
  ['tsl', 'tls'],
  ['keys', 'key'],
])('%s is nearest to %s', (wrong, meant) => {
  expect(nearestName(wrong, names)).toBe(meant);
});

it.each(['', 'port', 'tlsxx', 'ab', 'address_of_it', 'x'.repeat(1_000_000)])('%.20s is near to none', (wrong) => {
  expect(nearestName(wrong, names)).toBeUndefined();
});

it('the nearer one is taken', () => {
  expect(nearestName('max_byte', ['max_bits', 'max_bytes'])).toBe('max_bytes');
});
