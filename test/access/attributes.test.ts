import { describe, expect, it } from 'vitest';
import { AttributeReads, compileAttribute, read } from '../../src/access/attributes.ts';
import { type ConditionKeyName, conditionKeys } from '../../src/access/condition-keys.ts';

import { type CallerName, account, arnOf, callers } from './decisions/row.ts';
import { caseOf, requestOf } from './situation.ts';

const names = Object.keys(conditionKeys) as ConditionKeyName[];

describe('what was read', () => {
  it.each(names)('has %s as itself, and nothing else', (name) => {
    const reads = new AttributeReads();
    expect(reads.list()).toEqual([]);
    for (let time = 0; time < 2; time++) reads.note(compileAttribute({ name, parameter: undefined }));
    expect(reads.list()).toMatchObject([{ name, parameter: undefined }]);
  });

  it('has all that there are', () => {
    const reads = new AttributeReads();
    for (const name of names) reads.note(compileAttribute({ name, parameter: undefined }));
    for (const parameter of ['a', 'b', 'a']) reads.note(compileAttribute({ name: 'aws:ResourceTag', parameter }));
    reads.note(compileAttribute({ name: 'aws:RequestTag', parameter: 'a' }));
    expect(reads.list().map(({ name, parameter }) => [name, parameter])).toEqual([
      ...names.map((name) => [name, undefined]),
      ['aws:ResourceTag', 'a'],
      ['aws:ResourceTag', 'b'],
      ['aws:RequestTag', 'a'],
    ]);
  });
});

/** AWS IAM User Guide, "Where you can use policy variables": the table of what principals have. */
it.each<[ConditionKeyName, string | undefined, CallerName, string | undefined]>([
  ['kms:CallerAccount', undefined, 'alice', account],
  ['aws:PrincipalAccount', undefined, 'alice', account],
  ['aws:ResourceAccount', undefined, 'alice', account],
  ['aws:PrincipalArn', undefined, 'bob', arnOf('user/cert/dns.bob')],
  ['aws:PrincipalType', undefined, 'alice', 'User'],
  ['aws:PrincipalType', undefined, 'root', 'Account'],
  ['aws:PrincipalTag', 'team', 'carol', 'red'],
  ['aws:PrincipalTag', 'team', 'bob', undefined],
  ['aws:username', undefined, 'carol', 'oidc/github/carol'],
  ['aws:username', undefined, 'alice', 'alice'],
  ['aws:username', undefined, 'bob', 'cert/dns.bob'],
  ['aws:username', undefined, 'root', undefined],
  ['aws:userid', undefined, 'alice', callers.alice.id],
  ['aws:userid', undefined, 'root', account],
  ['aws:CurrentTime', undefined, 'alice', '2027-03-01T12:00:00Z'],
  ['aws:EpochTime', undefined, 'alice', '1803902400'],
])('%s %s of %s is %s', (name, parameter, caller, value) => {
  const request = requestOf(caseOf({ caller, now: '2027-03-01T12:00:00.999Z', attributes: { [name]: 'what the request says' } }));
  expect(read(compileAttribute({ name, parameter }), request, new AttributeReads())).toBe(value);
});

it('aws:username is another for every caller', () => {
  const usernames = ['token/alice', 'cert/alice', 'oidc/corp/alice', 'oidc/other/alice', 'local/administrator'].map((name) => {
    const request = requestOf(caseOf({ caller: 'alice' }));
    const caller = { ...request.caller, path: `user/${name}` };
    return read(compileAttribute({ name: 'aws:username', parameter: undefined }), { ...request, caller }, new AttributeReads());
  });
  expect(usernames).toEqual(['alice', 'cert/alice', 'oidc/corp/alice', 'oidc/other/alice', 'local/administrator']);
});
