import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conditionKeyText, conditionKeys, hasType, isSingleValued, parseConditionKey } from '../../src/access/condition-keys.ts';

describe('a condition key', () => {
  it.each([
    ['aws:SourceIp', 'aws:SourceIp', undefined],
    ['AWS:sourceip', 'aws:SourceIp', undefined],
    ['kms:EncryptionContextKeys', 'kms:EncryptionContextKeys', undefined],
    ['kms:EncryptionContext:tenant', 'kms:EncryptionContext', 'tenant'],
    ['KMS:encryptioncontext:Tenant', 'kms:EncryptionContext', 'Tenant'],
    ['kms:EncryptionContext:aws:logs:arn', 'kms:EncryptionContext', 'aws:logs:arn'],
    ['kms:EncryptionContext: ', 'kms:EncryptionContext', ' '],
    ['kms:EncryptionContext:__proto__', 'kms:EncryptionContext', '__proto__'],
    ['aws:PrincipalTag/a/b', 'aws:PrincipalTag', 'a/b'],
    ['aws:principaltag/Team', 'aws:PrincipalTag', 'Team'],
  ])('%j is %s with the parameter %j', (text, name, parameter) => {
    expect(parseConditionKey(text)).toEqual({ kind: 'known', name, parameter });
  });

  it.each([
    ['aws:PrincipalOrgID', 'aws:PrincipalOrgID'],
    ['AWS:principalorgid', 'aws:PrincipalOrgID'],
    ['kms:RecipientAttestation:PCR0', 'kms:RecipientAttestation:PCR0'],
    ['kms:ViaService', 'kms:ViaService'],
  ])('%s of AWS is never there', (text, name) => {
    expect(parseConditionKey(text)).toEqual({ kind: 'never-present', name });
  });

  it.each([
    [''],
    ['SourceIp'],
    ['aws:'],
    ['aws:SourceIp '],
    [' aws:SourceIp'],
    ['aws:SourceIp/'],
    ['aws:SourceIp:x'],
    ['kms:EncryptionContext'],
    ['kms:EncryptionContext:'],
    ['kms:EncryptionContext/tenant'],
    ['aws:PrincipalTag:team'],
    ['aws:PrincipalTag/'],
    ['kms:RecipientAttestation:'],
    ['s3:prefix'],
    ['__proto__'],
    ['toString'],
    // The Kelvin sign, which becomes a k in lower case.
    ['\u212Ams:\u212AeySpec'],
  ])('%j is none', (text) => {
    expect(parseConditionKey(text)).toBeUndefined();
  });

  it.each(['aws:SourceIp', 'kms:EncryptionContext:a:b', 'aws:ResourceTag/a/b', 'aws:Referer'])('%s is written so', (text) => {
    const key = parseConditionKey(text)!;
    expect(conditionKeyText(key)).toBe(text);
  });

  it('has one type, or more, or any when it is never there', () => {
    const types = ['string', 'arn', 'numeric', 'date', 'bool', 'ip'] as const;
    const typesOf = (text: string) => types.filter((type) => hasType(parseConditionKey(text)!, [type]));
    expect(typesOf('aws:SourceIp')).toEqual(['ip']);
    expect(typesOf('aws:EpochTime')).toEqual(['numeric', 'date']);
    expect(typesOf('aws:SourceArn')).toEqual(types);
  });

  it('comes from somewhere, or else is one of those that are never there', () => {
    const sources = sourceFiles().filter((path) => !/access\/condition-keys|grpc\/explain-/.test(path));
    const text = sources.map((path) => readFileSync(path, 'utf8')).join('\n');
    expect(sources.length).toBeGreaterThan(100);
    expect(Object.keys(conditionKeys).filter((name) => !text.includes(`'${name}'`))).toEqual([]);
  });

  it('is single-valued unless a request has sets of it', () => {
    const multi = ['kms:EncryptionContextKeys', 'kms:ResourceAliases', 'kms:GrantOperations', 'aws:TagKeys', 'aws:userid'];
    const known = multi.map(parseConditionKey).flatMap((key) => (key?.kind === 'known' ? [isSingleValued(key)] : []));
    expect(known).toEqual([false, false, false, false, true]);
  });
});

function sourceFiles(): readonly string[] {
  const folder = join(import.meta.dirname, '../../src');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => !path.includes('/generated/'));
}
