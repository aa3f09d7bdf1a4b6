import { describe, expect, it } from 'vitest';
import type { AccessRequest, AttributeValue } from '../../src/access/access-request.ts';
import type { AccessSources } from '../../src/access/authorize.ts';
import { DecisionMemo } from '../../src/access/decision-memo.ts';
import type { Decision } from '../../src/access/decision.ts';
import { type Situation, allow, deny } from './decisions/row.ts';
import { caseOf, requestOf, sourcesOf } from './situation.ts';

const subject = { principal: {}, key: {} };
const tenant = 'kms:EncryptionContext:tenant';
const app = 'kms:EncryptionContext:app';
/** Reads both, whatever they are. */
const readingTwo: Situation = {
  keyPolicy: [
    allow(),
    deny({ Condition: { StringEquals: { [tenant]: 'x' } } }),
    deny({ Condition: { StringEquals: { [app]: 'x' } } }),
  ],
};

/** That it never gives a wrong one is a property: test/properties/policy-rules.ts. */
describe('a remembered decision', () => {
  it('is given again for the same request', () => {
    const { again } = asked(readingTwo, { [tenant]: 'a', [app]: 'b' });
    expect(again({ [tenant]: 'a', [app]: 'b' })).toBe(true);
  });

  it('is given for requests that differ in what was not read', () => {
    const { again } = asked(readingTwo, { [tenant]: 'a', [app]: 'b' });
    expect(again({ [tenant]: 'a', [app]: 'b', 'kms:EncryptionContext:other': 'c' })).toBe(true);
  });

  it.each<[string, Readonly<Record<string, AttributeValue>>]>([
    ['a value', { [tenant]: 'a', [app]: 'c' }],
    ['a missing value', { [tenant]: 'a' }],
    ['an empty value', { [tenant]: 'a', [app]: '' }],
    ['values the other way round', { [tenant]: 'b', [app]: 'a' }],
    ['where one value ends and the next begins', { [tenant]: 'ab', [app]: '' }],
    ['case', { [tenant]: 'A', [app]: 'b' }],
    ['being a list', { [tenant]: ['a'], [app]: 'b' }],
  ])('is not given for a request that differs in %s', (_, attributes) => {
    const { again } = asked(readingTwo, { [tenant]: 'a', [app]: 'b' });
    expect(again(attributes)).toBe(false);
  });

  it('tells lists apart by where their values begin and end', () => {
    const reading = { keyPolicy: [allow(), deny({ Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'x' } } })] };
    const { again } = asked(reading, { 'aws:TagKeys': ['a', 'bc'] });
    expect(again({ 'aws:TagKeys': ['a', 'bc'] })).toBe(true);
    expect(again({ 'aws:TagKeys': ['ab', 'c'] })).toBe(false);
    expect(again({ 'aws:TagKeys': ['a,bc'] })).toBe(false);
    expect(again({ 'aws:TagKeys': ['a', 'bc', ''] })).toBe(false);
  });

  it('is forgotten when the store, the principal or the key changes', () => {
    const { again } = asked(readingTwo, {});
    expect(again({}, { subject: { principal: {}, key: subject.key } })).toBe(false);
    expect(again({}, { subject: { principal: subject.principal, key: {} } })).toBe(false);
    expect(again({})).toBe(true);
    expect(again({}, { counter: 2 })).toBe(false);
    expect(again({}, { counter: 1 })).toBe(false);
  });

  it('is of one action', () => {
    const { again } = asked({ keyPolicy: [allow({ Action: 'kms:*' })] }, {});
    expect(again({}, { action: 'kms:Decrypt' })).toBe(false);
    expect(again({})).toBe(true);
  });

  it('stands while the time that it was made in lasts', () => {
    const reading = { keyPolicy: [allow({ Condition: { DateLessThan: { 'aws:CurrentTime': '2027-03-02' } } })] };
    const at = (text: string) => ({ now: Date.parse(text) });
    const { again } = asked(reading, {});
    expect(again({}, at('2027-03-01T23:59:59.999Z'))).toBe(true);
    expect(again({}, at('2027-03-02T00:00:00Z'))).toBe(false);
    expect(again({}, at('2027-03-01T11:59:59Z'))).toBe(false);
  });

  it('is not given for a time before it, should the clock go back', () => {
    const { again } = asked(
      { now: '2027-03-03', keyPolicy: [allow({ Condition: { DateGreaterThan: { 'aws:CurrentTime': '2027-03-02' } } })] },
      {},
    );
    expect(again({}, { now: Date.parse('2027-03-01') })).toBe(false);
    expect(again({}, { now: Date.parse('2030-01-01') })).toBe(true);
  });

  it('is not kept when it read more than a kibibyte', () => {
    const long = 'a'.repeat(1100);
    expect(asked(readingTwo, { [tenant]: long }).again({ [tenant]: long })).toBe(false);
  });

  it('is not given for a new grant, which is no attribute', () => {
    const grantee = { grantee: 'alice', operations: ['Encrypt', 'CreateGrant'] } as const;
    const one = { action: 'kms:CreateGrant', newGrant: { operations: ['Encrypt'] }, grants: [grantee] };
    expect(asked(one, {}).again({})).toBe(false);
  });
});

describe('a memo', () => {
  it('leaves those alone who never ask the same twice, and keeps what others ask', () => {
    const one = caseOf(readingTwo);
    const sources = sourcesOf(one);
    const memo = new DecisionMemo({ maxPrincipals: 10 });
    const others = memo.decide(requestOf(one), sources, subject);
    const hostile = { principal: {}, key: {} };
    for (let value = 0; value < 1000; value++)
      memo.decide(requestOf({ ...one, attributes: { [tenant]: String(value) } }), sources, hostile);

    const last = { ...one, attributes: { [tenant]: '999' } };
    expect(memo.decide(requestOf(last), sources, hostile)).not.toBe(memo.decide(requestOf(last), sources, hostile));
    expect(memo.decide(requestOf(one), sources, subject)).toBe(others);
  });

  it('keeps the principals that came last', () => {
    const one = caseOf(readingTwo);
    const sources = sourcesOf(one);
    const memo = new DecisionMemo({ maxPrincipals: 2 });
    const subjects = [1, 2, 3].map(() => ({ principal: {}, key: {} }));
    const decisions = subjects.map((of) => memo.decide(requestOf(one), sources, of));
    expect(memo.decide(requestOf(one), sources, subjects[2]!)).toBe(decisions[2]);
    expect(memo.decide(requestOf(one), sources, subjects[0]!)).not.toBe(decisions[0]);
  });

  it('keeps a bounded number of decisions of a principal', () => {
    const one = caseOf({ keyPolicy: [allow()] });
    const sources = sourcesOf(one);
    const memo = new DecisionMemo({ maxPrincipals: 1 });
    const principal = {};
    const ask = (key: object): Decision => memo.decide(requestOf(one), sources, { principal, key });
    const keys = Array.from({ length: 129 }, () => ({}));
    // Every key twice: what is found pays for what is kept.
    const first = keys.map((key) => [ask(key), ask(key)] as const);
    expect(first.every(([made, found]) => made === found)).toBe(true);
    expect(ask(keys[0]!)).not.toBe(first[0]![0]);
    expect(ask(keys[128]!)).toBe(first[128]![0]);
  });
});

interface Changes {
  readonly subject?: typeof subject;
  readonly counter?: number;
  readonly action?: AccessRequest['action'];
  readonly now?: number;
}

/** Asks a new memo once; `again` says whether it then gives the same decision for other attributes, without making another. */
function asked(situation: Situation, attributes: Readonly<Record<string, AttributeValue>>) {
  const one = caseOf(situation);
  const sources = sourcesOf(one);
  const memo = new DecisionMemo({ maxPrincipals: 10 });
  const first = memo.decide(requestOf({ ...one, attributes }), sources, subject);
  const again = (
    others: Readonly<Record<string, AttributeValue>>,
    { subject: of = subject, counter = 1, ...changes }: Changes = {},
  ) => {
    const current: AccessSources = { ...sources, counter };
    return memo.decide({ ...requestOf({ ...one, attributes: others }), ...changes }, current, of) === first;
  };
  return { again };
}
