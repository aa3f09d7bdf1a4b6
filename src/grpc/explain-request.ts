import { type ActionName, type ResourceKind, actionNamed, actions } from '../access/actions.ts';
import { isOfCaller } from '../access/attributes.ts';
import { parseDate } from '../access/compare-date.ts';
import { parseIpAddress } from '../access/compare-ip.ts';
import { parseDecimal } from '../access/compare-number.ts';
import {
  type ConditionKeyName,
  type ConditionKeyRow,
  type ConditionKeyType,
  type KnownConditionKey,
  conditionKeyText,
  conditionKeys,
  isSingleValued,
  parseConditionKey,
} from '../access/condition-keys.ts';
import { didYouMean } from '../access/did-you-mean.ts';
import { grantOperationOf, grantOperations } from '../access/grant.ts';
import { shown } from '../access/shown-text.ts';
import { invalidField } from '../errors.ts';
import type { ExplainDecisionRequest__Output } from '../generated/latchkey/v1/ExplainDecisionRequest.ts';
import type { ArnScope } from '../keys/arn.ts';
import { type KeyReference, parseKeyReference } from '../keys/key-reference.ts';
import type { Tag } from '../keys/tag.ts';
import { newKeyArn } from '../permission/any-key.ts';
import type { CallFacts } from '../permission/call-facts.ts';

/** A call that nobody makes. */
export interface SupposedCall {
  readonly action: ActionName;
  /** What it is about: a key, or an ARN or `*`. */
  readonly about: { readonly key: KeyReference } | { readonly resource: string };
  readonly facts: CallFacts;
  /** Milliseconds since 1970; absent: now. */
  readonly at: number | undefined;
}

export function parseSupposedCall(request: ExplainDecisionRequest__Output, scope: ArnScope): SupposedCall {
  const action = actionNamed(request.action);
  if (action === undefined) throw invalidField('action', noAction(request.action));
  const about = parseAbout(action, request, scope);
  const given = Object.entries(request.condition_values).map(([name, value]) => ({ key: parseKey(name, 'key' in about), value }));
  return {
    action,
    about,
    facts: {
      ...contextFacts(action, request.encryption_context),
      ...('key' in about && about.key.kind === 'alias' ? { requestAlias: about.key.aliasName } : {}),
      ...tagFacts(given),
      values: valuesOf(given),
    },
    at: timeOf(given),
  };
}

function noAction(text: string): string {
  const form = 'must be an action of this service, such as kms:Decrypt, without wildcards.';
  return text === '' ? form : `${form} ${shown(text)} is none.${didYouMean(text, Object.keys(actions))}`;
}

interface GivenValue {
  readonly key: KnownConditionKey;
  readonly value: string;
}

function parseAbout(
  action: ActionName,
  { key_id, resource }: ExplainDecisionRequest__Output,
  scope: ArnScope,
): SupposedCall['about'] {
  const on: readonly ResourceKind[] = actions[action].on;
  if (key_id !== '') {
    if (!on.includes('key')) throw invalidField('key_id', `must be empty: ${action} is about no key.`);
    if (resource !== '') throw invalidField('resource', 'must be empty with key_id.');
    return { key: parseKeyReference(key_id, 'key_id', scope) };
  }
  if (on.includes('new-key')) {
    if (resource !== '') throw invalidField('resource', 'must be empty: without key_id this is about a key that CreateKey makes.');
    return { resource: newKeyArn(scope) };
  }
  if (on.includes('key') && !(on.includes('alias') && resource !== ''))
    throw invalidField('key_id', `is required: ${action} is about a key.`);
  if (resource !== '' && resource !== '*' && !resource.startsWith('arn:')) throw invalidField('resource', 'must be an ARN, or *.');
  return { resource: resource === '' ? '*' : resource };
}

function contextFacts(action: ActionName, context: Readonly<Record<string, string>>): CallFacts {
  const operation = grantOperationOf(action);
  if (operation !== undefined && grantOperations[operation].hasContext) {
    const pairs = new Map(Object.entries(context));
    return { context: () => pairs };
  }
  if (Object.keys(context).length > 0) throw invalidField('encryption_context', `must be empty: ${action} has none.`);
  return {};
}

function parseKey(name: string, hasKey: boolean): KnownConditionKey {
  const key = parseConditionKey(name);
  if (key === undefined) {
    const hint = didYouMean(name, Object.keys(conditionKeys));
    throw invalidField('condition_values', `has ${shown(name)}, which is no condition key.${hint}`);
  }
  if (key.kind === 'never-present')
    throw invalidField('condition_values', `has ${key.name}, which no call of this service ever has.`);
  const source = isOfCaller(key.name) ? 'the principal' : (sources[key.name] ?? (hasKey ? keySources[key.name] : undefined));
  if (source === undefined) return key;
  throw invalidField('condition_values', `must not have ${conditionKeyText(key)}, which comes from ${source}.`);
}

function tagFacts(given: readonly GivenValue[]): CallFacts {
  const tags = given.flatMap(({ key, value }): Tag[] =>
    key.name === 'aws:RequestTag' && key.parameter !== undefined ? [{ key: key.parameter, value }] : [],
  );
  return tags.length === 0 ? {} : { tags };
}

function valuesOf(given: readonly GivenValue[]): NonNullable<CallFacts['values']> {
  const plain = given.filter(({ key }) => key.parameter === undefined && key.name !== 'aws:CurrentTime');
  for (const one of plain) requireValueOfType(one);
  return {
    // Without TLS nobody is let in but through a socket of the machine, so this is what most calls have.
    'aws:SecureTransport': 'true',
    ...Object.fromEntries(plain.map(({ key, value }) => [key.name, isSingleValued(key) ? value : value.split(',')])),
  };
}

/** A call never has such a value: a condition about it would say nothing about any call. */
function requireValueOfType({ key, value }: GivenValue): void {
  const { types }: ConditionKeyRow = conditionKeys[key.name];
  const [only] = types;
  const form = types.length === 1 && only !== undefined ? valueForms[only] : undefined;
  if (form === undefined || form.fits(value)) return;
  throw invalidField('condition_values', `has ${shown(value)} for ${key.name}, which must be ${form.expected}.`);
}

const valueForms: Partial<Record<ConditionKeyType, { readonly fits: (value: string) => boolean; readonly expected: string }>> = {
  ip: { fits: (value) => parseIpAddress(value) !== undefined, expected: 'an address such as 10.0.0.1' },
  bool: { fits: (value) => value === 'true' || value === 'false', expected: 'true or false' },
  numeric: { fits: (value) => parseDecimal(value) !== undefined, expected: 'a decimal number' },
};

function timeOf(given: readonly GivenValue[]): number | undefined {
  const text = given.find(({ key }) => key.name === 'aws:CurrentTime')?.value;
  if (text === undefined) return undefined;
  const at = parseDate(text);
  if (at === undefined) throw invalidField('condition_values', 'aws:CurrentTime must be a date such as 2027-01-31T12:00:00Z.');
  return at;
}

/** Where a request says it, besides condition_values. */
const sources: Partial<Record<ConditionKeyName, string>> = {
  'kms:EncryptionContext': 'encryption_context',
  'kms:EncryptionContextKeys': 'encryption_context',
  'kms:EncryptionAlgorithm': 'the action',
  'aws:EpochTime': 'aws:CurrentTime',
  'aws:ResourceTag': 'the key',
};

/** Where there is a key; without one it may be what the call asks for, as CreateKey does. */
const keySources: Partial<Record<ConditionKeyName, string>> = {
  'kms:KeySpec': 'the key',
  'kms:KeyUsage': 'the key',
  'kms:KeyOrigin': 'the key',
  'kms:ResourceAliases': 'the key',
  'kms:RequestAlias': 'key_id',
};
