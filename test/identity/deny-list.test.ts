import { describe, expect, it } from 'vitest';
import { isDenied, parseDenyList } from '../../src/identity/deny-list.ts';

const scope = { partition: 'aws', region: 'us-east-1', account: '111122223333' };

const text = `# whose laptop was stolen
principal user/cert/alice
principal arn:aws:iam::111122223333:user/oidc/corp/bob%40example   # left

serial 0A1B2C
serial 00:ff:01
`;

describe('a deny-list', () => {
  const list = parseDenyList(text, scope);

  it.each([
    [{ path: 'user/cert/alice' }, true],
    [{ path: 'user/oidc/corp/bob%40example' }, true],
    [{ path: 'user/cert/Alice' }, false],
    [{ path: 'user/cert/carol', serial: 'a1b2c' }, true],
    [{ path: 'user/cert/carol', serial: 'ff01' }, true],
    [{ path: 'user/cert/carol', serial: 'a1b2' }, false],
    [{ path: 'user/token/carol' }, false],
  ])('%j: %s', (caller, denied) => {
    expect(isDenied(list, caller)).toBe(denied);
  });

  it.each(['', '\n\n', '# nothing', '\r\n# nothing\r\n'])('may be empty: %j', (nothing) => {
    expect(parseDenyList(nothing, scope)).toEqual({ principals: new Set(), serials: new Set() });
  });

  it.each([
    'serial',
    'serial xyz',
    'serial 0x0a',
    'serial 0a:1',
    'serial 0a 1b',
    'Serial 0a',
    'principal',
    'principal alice',
    'principal user/cert/',
    'principal user/cert/a b',
    'principal user/cert/a*',
    'principal user/cert/alice, user/cert/bob',
    'principal arn:aws:iam::444455556666:user/cert/alice',
    'principal arn:aws:kms:us-east-1:111122223333:key/1c7b7b2e-3c5b-4f0e-9d52-8f4a4c1a9e11',
    'user/cert/alice',
    'serial 0a#comment',
  ])('says which line is wrong: %j', (line) => {
    expect(() => parseDenyList(`serial 01\n\n${line}\nserial 02`, scope)).toThrow(/^line 3 is neither/);
  });

  it('names all that are wrong, up to ten', () => {
    expect(() => parseDenyList('a\nb\n', scope)).toThrow(/^line 1 is .*; line 2 is /);
    expect(() => parseDenyList('a\n'.repeat(12), scope)).toThrow(/line 10 is .*; and 2 more\.$/);
  });
});
