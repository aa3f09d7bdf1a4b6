import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGroupName, newGroup } from '../../src/access/group.ts';
import { isPolicyName } from '../../src/access/inline-policy.ts';
import {
  deletedPrincipal,
  encodedName,
  isPrincipalName,
  parsePrincipalArn,
  parsePrincipalId,
  principalArn,
} from '../../src/access/principal.ts';
import { scope } from './example-policy.ts';

describe('the id of a principal', () => {
  it.each([
    ['0f8fad5b-d9cb-469f-a165-70867728950e', true],
    ['0F8FAD5B-d9cb-469f-a165-70867728950e', false],
    ['0f8fad5b-d9cb-469f-a165-70867728950e ', false],
    ['0f8fad5bd9cb469fa16570867728950e', false],
    ['', false],
  ])('%j: %s', (text, isId) => {
    expect(parsePrincipalId(text)).toBe(isId ? text : undefined);
  });
});

describe('the ARN of a principal', () => {
  it.each([
    ['user/token/alice'],
    ['user/cert/spiffe%3A%2F%2Fexample.org%2Fworker'],
    ['user/oidc/corp/alice@example.org'],
    ['user/local/administrator'],
    ['root'],
  ])('%s is there and back again', (path) => {
    expect(parsePrincipalArn(principalArn(scope, path), scope)).toBe(path);
  });

  it.each([
    ['arn:aws:iam::111122223333:user/alice'],
    ['arn:aws:iam::111122223333:user/token/'],
    ['arn:aws:iam::111122223333:user/token/a/b'],
    ['arn:aws:iam::111122223333:user/token/alice/'],
    ['arn:aws:iam::111122223333:user/token/alice '],
    ['arn:aws:iam::111122223333:user/token/al%69ce'],
    ['arn:aws:iam::111122223333:user/token/*'],
    ['arn:aws:iam::111122223333:user/cert/a%2fb'],
    ['arn:aws:iam::111122223333:user/oidc/alice'],
    ['arn:aws:iam::111122223333:user/local/somebody'],
    ['arn:aws:iam::111122223333:User/token/alice'],
    ['arn:aws:iam::111122223333:Root'],
    ['arn:aws:iam::111122223333:role/admin'],
    ['arn:aws:iam::444455556666:user/token/alice'],
    ['arn:aws:iam:us-east-1:111122223333:user/token/alice'],
    ['arn:aws-cn:iam::111122223333:user/token/alice'],
    ['ARN:aws:iam::111122223333:user/token/alice'],
    [`arn:aws:iam::111122223333:user/token/${'a'.repeat(65)}`],
  ])('%s is of nobody here', (text) => {
    expect(parsePrincipalArn(text, scope)).toBeUndefined();
  });
});

describe('a name from elsewhere', () => {
  it.each([
    ['alice', 'alice'],
    ['alice@example.org', 'alice@example.org'],
    ['spiffe://example.org/a', 'spiffe%3A%2F%2Fexample.org%2Fa'],
    ['é', '%C3%A9'],
    ['100%', '100%25'],
    ['*', '%2A'],
    ['a\u0000', 'a%00'],
    ['', undefined],
    ['\uD800', undefined],
    ['a'.repeat(512), 'a'.repeat(512)],
    ['a'.repeat(513), undefined],
    ['é'.repeat(86), undefined],
  ])('%j becomes %j', (text, name) => {
    expect(encodedName(text)).toBe(name);
  });

  it('makes a path that an ARN may have, without wildcards or variables: none is injected through a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (text) => {
        const path = `user/cert/${encodedName(text) ?? ''}`;
        expect(parsePrincipalArn(principalArn(scope, path), scope)).toBe(path);
        expect(path).not.toMatch(/[*?${}]/);
      }),
    );
  });

  it('is of one text only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (text) => {
        expect(decodeURIComponent(encodedName(text) ?? '')).toBe(text);
      }),
    );
  });
});

it.each([
  ['alice', true],
  ['a', true],
  ['a+=,.@_-Z9', true],
  ['', false],
  ['a b', false],
  ['a/b', false],
  ['a%41', false],
  ['*', false],
  ['é', false],
  ['alice\n', false],
])('%j is a name for principals, groups and policies: %s', (text, isName) => {
  expect([isPrincipalName(text), isGroupName(text), isPolicyName(text)]).toEqual([isName, isName, isName]);
});

it('has names of principals of 64 characters, of groups and policies of 128', () => {
  const fit = (characters: number) => [isPrincipalName, isGroupName, isPolicyName].map((fits) => fits('a'.repeat(characters)));
  expect([64, 65, 128, 129].map(fit)).toEqual([
    [true, true, true],
    [false, true, true],
    [false, true, true],
    [false, false, false],
  ]);
});

it('leaves nothing of a deleted principal but what must not be used again', () => {
  const principalId = parsePrincipalId('0f8fad5b-d9cb-469f-a165-70867728950e')!;
  const kept = { principalId, path: 'user/cert/a', subject: 'dns:a', createdAt: 1 };
  const principal = {
    ...kept,
    disabled: false,
    tags: [{ key: 'a', value: 'b' }],
    groups: ['g'],
    readyPolicies: ['auditor' as const],
  };
  expect(deletedPrincipal(principal, 2)).toEqual({ ...kept, disabled: true, deletedAt: 2 });
});

it('makes a group without policies', () => {
  expect(newGroup('operators', 1)).toEqual({ name: 'operators', createdAt: 1 });
});
