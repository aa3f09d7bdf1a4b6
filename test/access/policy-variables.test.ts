import { describe, expect, it } from 'vitest';
import { likeText } from '../../src/access/compare-text.ts';
import { type Resolve, compared, parsePieces, piecesOf } from '../../src/access/policy-variables.ts';

describe('a value with variables', () => {
  it.each([
    ['', []],
    ['plain', [{ kind: 'pattern', text: 'plain' }]],
    ['a$b}c{$', [{ kind: 'pattern', text: 'a$b}c{$' }]],
    ['${*}${?}${$}', ['*', '?', '$'].map((text) => ({ kind: 'literal', text }))],
    ['${aws:username}', [variable('aws:username')]],
    ['${AWS:UserName}', [variable('aws:username')]],
    ["${aws:username, 'nobody'}", [variable('aws:username', 'nobody')]],
    ["${aws:username,'nobody'}", [variable('aws:username', 'nobody')]],
    ["${aws:username, ''}", [variable('aws:username', '')]],
    ["${aws:username, 'a:b*}'}", [variable('aws:username', 'a:b*}')]],
    ['x/${aws:userid}/*', [{ kind: 'pattern', text: 'x/' }, variable('aws:userid'), { kind: 'pattern', text: '/*' }]],
    ['${kms:EncryptionContext:Tenant}', [{ ...variable('kms:EncryptionContext'), key: known('kms:EncryptionContext', 'Tenant') }]],
    ['$${aws:userid}', [{ kind: 'pattern', text: '$' }, variable('aws:userid')]],
  ])('%j is %j', (text, pieces) => {
    expect(parsePieces(text)).toEqual({ pieces });
  });

  it.each([
    ['${', 'begins no variable'],
    ['${}', 'begins no variable'],
    ['${aws:username', 'begins no variable'],
    ['${aws:username,}', 'begins no variable'],
    ["${aws:username 'x'}", 'begins no variable'],
    ["${aws:username, 'x}", 'begins no variable'],
    ['${aws:username, x}', 'begins no variable'],
    ["${aws:username, 'x' }", 'begins no variable'],
    ['${${aws:username}}', 'begins no variable'],
    ['${!}', 'names no condition key'],
    ['${ aws:username}', 'names no condition key'],
    ['${aws:username }', 'names no condition key'],
    ['${aws:userName2}', 'names no condition key'],
    ['${__proto__}', 'names no condition key'],
    ['${aws:PrincipalTag}', 'names no condition key'],
    ['${aws:PrincipalOrgID}', 'never have'],
    ['${aws:TagKeys}', 'several values'],
  ])('%j is refused: it %s', (text, fault) => {
    expect(parsePieces(text)).toEqual({ fault: expect.stringContaining(fault) });
  });

  it('has none in documents of 2008', () => {
    expect(piecesOf('${aws:username}', '2008-10-17')).toEqual([{ kind: 'pattern', text: '${aws:username}' }]);
  });

  it('is a bug when a document with a malformed one was accepted', () => {
    expect(() => piecesOf('${', '2012-10-17')).toThrow('A policy was accepted');
  });
});

describe('a pattern with variables', () => {
  it.each([
    ['home/${aws:username}/*', 'alice', 'home/alice/key', true],
    ['home/${aws:username}/*', 'alice', 'home/bob/key', false],
    ["${aws:username, 'nobody'}", undefined, 'nobody', true],
    ['${aws:username}', undefined, '', false],
    ["${aws:username, ''}", undefined, '', true],
    ['${*}', undefined, '*', true],
    ['${*}', undefined, 'a', false],
    ['a${?}*', undefined, 'a?b', true],
    ['a${?}*', undefined, 'abc', false],
    ['?${aws:username}?', 'b', 'abc', true],
    // A wildcard or variable injected through a name.
    ['home/${aws:username}', '*', 'home/bob', false],
    ['home/${aws:username}', '*', 'home/*', true],
    ['home/${aws:username}', '??', 'home/ab', false],
    ['home/${aws:username}', '??', 'home/??', true],
    ['home/${aws:username}', '${aws:userid}', 'home/id-1', false],
    ['home/${aws:username}', '${*}', 'home/anything', false],
    ['home/${aws:username}', '', 'home/', true],
    ["home/${aws:username, '*'}", undefined, 'home/bob', false],
  ])('%j of %j and %j: %s', (pattern, name, text, fits) => {
    const resolve: Resolve = ({ name: key }) => (key === 'aws:username' ? name : 'id-1');
    expect(compared(piecesOf(pattern, '2012-10-17'), likeText)(text, resolve)).toBe(fits);
  });

  it('is compiled once when it has none', () => {
    let compiled = 0;
    const comparison = compared(piecesOf('a*', '2012-10-17'), () => {
      compiled++;
      return () => true;
    });
    comparison('a', () => undefined);
    comparison('b', () => undefined);
    expect(compiled).toBe(1);
  });
});

function variable(name: string, fallback?: string) {
  return { kind: 'variable', key: known(name, undefined), fallback };
}

function known(name: string, parameter: string | undefined) {
  return { kind: 'known', name, parameter };
}
