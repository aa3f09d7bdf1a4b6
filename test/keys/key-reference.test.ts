import { describe, expect, it } from 'vitest';
import { KmsError } from '../../src/errors.ts';
import { parseKeyReference, parseManagedKey } from '../../src/keys/key-reference.ts';

const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' };
const id = '00112233-4455-6677-8899-aabbccddeeff';

describe('parseKeyReference', () => {
  it.each([
    [id, { kind: 'key', keyId: id }],
    [`arn:aws:kms:us-east-1:000000000000:key/${id}`, { kind: 'key', keyId: id }],
    ['alias/orders', { kind: 'alias', aliasName: 'alias/orders' }],
    ['alias/a:b/c_d-E', { kind: 'alias', aliasName: 'alias/a:b/c_d-E' }],
    ['alias/__proto__', { kind: 'alias', aliasName: 'alias/__proto__' }],
    ['arn:aws:kms:us-east-1:000000000000:alias/orders', { kind: 'alias', aliasName: 'alias/orders' }],
  ])('%s', (text, reference) => {
    expect(parseKeyReference(text, 'key_id', scope)).toEqual(reference);
  });

  it.each([
    ['', 'INVALID_REQUEST'],
    ['orders', 'INVALID_REQUEST'],
    [id.toUpperCase(), 'INVALID_REQUEST'],
    [` ${id}`, 'INVALID_REQUEST'],
    [id.replace('-', '0'), 'INVALID_REQUEST'],
    [`-${id.slice(1)}`, 'INVALID_REQUEST'],
    ...['g', '`', '/', ':', '\u0430'].map((odd) => [`${odd}${id.slice(1)}`, 'INVALID_REQUEST']),
    [`${id}\n`, 'INVALID_REQUEST'],
    ['Alias/orders', 'INVALID_REQUEST'],
    ['alias/', 'INVALID_ALIAS_NAME'],
    ['alias/ö', 'INVALID_ALIAS_NAME'],
    ['alias/a b', 'INVALID_ALIAS_NAME'],
    ['alias/a\n', 'INVALID_ALIAS_NAME'],
    [`alias/${'a'.repeat(251)}`, 'INVALID_ALIAS_NAME'],
    ['arn:', 'INVALID_ARN'],
    [`arn:aws:kms:us-east-1:000000000000:key/${id}/`, 'INVALID_ARN'],
    [`arn:aws:kms:us-east-1:000000000000:key/${id.toUpperCase()}`, 'INVALID_ARN'],
    [`arn:aws:kms:us-east-1:0:key/${id}`, 'INVALID_ARN'],
    ['arn:aws:kms:us-east-1:000000000000:role/x', 'INVALID_ARN'],
    [`arn:${'a'.repeat(400)}:kms:us-east-1:000000000000:key/${id}`, 'INVALID_ARN'],
  ])('refuses %j with %s', (text, reason) => {
    expect(reasonOf(() => parseKeyReference(text, 'key_id', scope))).toBe(reason);
  });

  it.each(['arn:aws:kms:eu-west-1:000000000000', 'arn:aws:kms:us-east-1:000000000001', 'arn:aws-cn:kms:us-east-1:000000000000'])(
    'tells that %s is elsewhere',
    (place) => {
      for (const arn of [`${place}:key/${id}`, `${place}:alias/orders`])
        expect(parseKeyReference(arn, 'key_id', scope)).toEqual({ kind: 'elsewhere', arn });
    },
  );

  it('takes the longest alias name', () => {
    const longest = `alias/${'a'.repeat(250)}`;
    expect(parseKeyReference(longest, 'key_id', scope)).toEqual({ kind: 'alias', aliasName: longest });
  });
});

describe('parseManagedKey', () => {
  it.each([id, `arn:aws:kms:us-east-1:000000000000:key/${id}`])('takes %s', (text) => {
    expect(parseManagedKey(text, 'key_id', scope)).toEqual({ kind: 'key', keyId: id });
  });

  it.each([
    ['alias/orders', 'INVALID_REQUEST'],
    ['arn:aws:kms:us-east-1:000000000000:alias/orders', 'INVALID_REQUEST'],
    ['', 'INVALID_REQUEST'],
    ['arn:x', 'INVALID_ARN'],
  ])('refuses %j with %s', (text, reason) => {
    expect(reasonOf(() => parseManagedKey(text, 'target_key_id', scope))).toBe(reason);
  });

  it('names the field that is wrong', () => {
    expect(() => parseManagedKey('alias/orders', 'target_key_id', scope)).toThrow(
      expect.objectContaining({ fieldViolations: [expect.objectContaining({ field: 'target_key_id' })] }),
    );
  });
});

function reasonOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof KmsError) return error.reason;
    throw error;
  }
  return 'accepted';
}
