import { expect, test } from 'vitest';
import { isAddress } from '../../src/client/address.ts';

test.each([
  '127.0.0.1:50051',
  'localhost:1',
  'kms.example.com:65535',
  '[::1]:50051',
  'unix:/run/latchkey.sock',
  'unix:latchkey.sock',
])('%s names a server', (text) => {
  expect(isAddress(text)).toBe(true);
});

test.each([
  '',
  '127.0.0.1',
  'localhost:',
  'localhost:0',
  'localhost:65536',
  'http://localhost:80',
  '::1:50051',
  'unix:',
  ':50051',
  'a b:1',
])('"%s" does not', (text) => {
  expect(isAddress(text)).toBe(false);
});
