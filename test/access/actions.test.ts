import { describe, expect, it } from 'vitest';
import { type ActionName, actions, actionsMatching, reachOf } from '../../src/access/actions.ts';

describe('actions', () => {
  it('ask for permission on the alias and on its keys', () => {
    const onAlias = Object.entries(actions).filter(([, { on }]) => on.some((kind) => kind === 'alias'));
    expect(onAlias.map(([name]) => name)).toEqual(['kms:CreateAlias', 'kms:DeleteAlias', 'kms:UpdateAlias']);
    expect(onAlias.every(([, { on }]) => on.some((kind) => kind === 'key'))).toBe(true);
  });
});

describe('a pattern of actions', () => {
  it.each([
    ['*', 'key'],
    ['kms:*', 'key'],
    ['kms:Decrypt', 'key'],
    ['KMS:dECRYPT', 'key'],
    ['kms:?ecrypt', 'key'],
    ['kms:GenerateDataKey*', 'key'],
    ['kms:CreateKey', 'elsewhere'],
    ['latchkey:*', 'elsewhere'],
    ['kms:Sign', 'absent'],
    ['kms:*CustomKeyStore*', 'absent'],
    ['kms:Nothing', 'nowhere'],
    ['kms:', 'nowhere'],
    ['kms', 'nowhere'],
    ['', 'nowhere'],
    ['s3:GetObject', 'nowhere'],
    // Policy bypass by case, spaces or trailing slash.
    [' kms:Decrypt', 'nowhere'],
    ['kms:Decrypt ', 'nowhere'],
    ['kms: Decrypt', 'nowhere'],
    ['kms:Decrypt/', 'nowhere'],
    ['kms:Decrypt\n', 'nowhere'],
    ['\u212Ams:Decrypt', 'nowhere'],
    // What would reach across services.
    ['*:*', 'nowhere'],
    ['k*', 'nowhere'],
    ['*Key', 'nowhere'],
    ['kms*', 'nowhere'],
    ['${aws:username}', 'nowhere'],
    ['__proto__', 'nowhere'],
    ['kms:constructor', 'nowhere'],
  ] as const)('%j reaches: %s', (pattern, reach) => {
    expect(reachOf(pattern)).toBe(reach);
  });

  it('of kms: never makes an administrator', () => {
    expect(actionsMatching('kms:*').filter((name) => name.startsWith('latchkey:'))).toEqual([]);
  });

  it.each<[string, readonly ActionName[]]>([
    ['kms:reencrypt*', ['kms:ReEncryptFrom', 'kms:ReEncryptTo']],
    ['kms:?ncrypt', ['kms:Encrypt']],
    ['kms:Sign', []],
  ])('%s stands for %j', (pattern, names) => {
    expect(actionsMatching(pattern)).toEqual(names);
  });
});
