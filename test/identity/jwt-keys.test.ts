import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StartRefused } from '../../src/errors.ts';
import { parseFetchUrl } from '../../src/identity/fetch-text.ts';
import { JwksFile } from '../../src/identity/jwks-file.ts';
import { parseJwks } from '../../src/identity/jwt-keys.ts';
import { UnusableSource } from '../../src/identity/source.ts';
import { newKey } from './jwt-issuer.ts';

const { jwk } = await newKey('k1');

describe('a JWK Set', () => {
  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no keys', '{}'],
    ['keys that are no list', '{"keys":{}}'],
    ['keys that are none', '{"keys":[null]}'],
    ['keys without a type', '{"keys":[{}]}'],
    ['an empty list', '{"keys":[]}'],
    ['secrets only', '{"keys":[{"kty":"oct","k":"AAAA"}]}'],
    ['private keys only', JSON.stringify({ keys: [{ ...jwk, d: 'AAAA' }] })],
    ['too many keys', JSON.stringify({ keys: Array.from({ length: 101 }, () => jwk) })],
  ])('is refused with %s', (_, text) => {
    expect(() => parseJwks(text)).toThrow(UnusableSource);
  });

  it('may have what is not known', () => {
    expect(() => parseJwks(JSON.stringify({ keys: [{ kty: 'new' }, { ...jwk, more: 1 }], more: 1 }))).not.toThrow();
  });
});

describe('a JWK Set in a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-jwks-'));
  const path = join(directory, 'jwks.json');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('changes with the file', async () => {
    const report = { reloaded: () => {}, broken: () => {} };
    expect(() => new JwksFile({ setting: 'jwks_file', path, report })).toThrow(StartRefused);
    writeFileSync(path, JSON.stringify({ keys: [jwk] }));
    const file = new JwksFile({ setting: 'jwks_file', path, report });
    const before = file.current();
    expect(await file.newer(before)).toBeUndefined();
    writeFileSync(path, JSON.stringify({ keys: [{ ...jwk, kid: 'k2' }] }));
    expect(await file.newer(before)).toBeUndefined();
    await file.look();
    expect(await file.newer(before)).toBe(file.current());
    expect(file.current()).not.toBe(before);
  });
});

describe('an address of keys', () => {
  it.each(['https://issuer.example.org/jwks.json', 'http://127.0.0.1:8080/jwks', 'http://localhost/jwks', 'http://[::1]/jwks'])(
    'may be %s',
    (text) => {
      expect(parseFetchUrl(text, 'oidc[0].jwks').href).toBe(text);
    },
  );

  it.each([
    'http://issuer.example.org/jwks.json',
    'http://127.0.0.1.example.org/jwks',
    'http://localhost.example.org/jwks',
    'http://128.0.0.1/jwks',
    'https://user:secret@issuer.example.org/jwks.json',
    'file:///etc/passwd',
    'issuer.example.org',
    '',
  ])('may not be %j', (text) => {
    expect(() => parseFetchUrl(text, 'oidc[0].jwks')).toThrow(StartRefused);
  });
});
