import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ActionName, actions, actionsMatching, reachOf } from '../../src/access/actions.ts';
import { type MethodName, actionsOf } from '../../src/access/method-actions.ts';

describe('actions', () => {
  it.each(callsOfProto().filter((call) => call !== 'Exchange'))('%s needs actions that exist', (call) => {
    const needed = actionsOf(call as MethodName);
    expect(needed.length > 0, `${call} needs a permission`).toBe(call !== 'GetCallerIdentity');
    expect(needed.filter((action) => !Object.hasOwn(actions, action))).toEqual([]);
  });

  it.each([
    ['DisableKey', ['kms:DisableKey']],
    ['GetServerInfo', ['latchkey:GetServerInfo']],
    ['BatchEncrypt', ['kms:Encrypt']],
    ['BatchDecrypt', ['kms:Decrypt']],
    ['ReEncrypt', ['kms:ReEncryptFrom', 'kms:ReEncryptTo']],
    ['BatchReEncrypt', ['kms:ReEncryptFrom', 'kms:ReEncryptTo']],
    ['BatchGenerateDataKey', ['kms:GenerateDataKey']],
  ] as const)('%s needs %j', (method, needed) => {
    expect(actionsOf(method)).toEqual(needed);
  });

  it('are what AWS KMS lets a grant give, as far as it is here', () => {
    const grantable = Object.entries(actions).filter(([, row]) => 'grantable' in row);
    expect(grantable.map(([name]) => name)).toEqual([
      'kms:CreateGrant',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'kms:RetireGrant',
    ]);
  });

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

function callsOfProto(): string[] {
  const folder = join(import.meta.dirname, '../../proto/latchkey/v1');
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return sources.flatMap((source) => [...source.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, call]) => call ?? ''));
}
