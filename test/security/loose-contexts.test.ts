import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import { clientOf } from './stranger-world.ts';
import { refusalFacts } from '../e2e/refusal.ts';
import { type AccessService, type Newcomer, allow, keyPolicy, openAccessService } from './access-service.ts';

/** An encryption context is compared byte by byte, in policies and in grants, and no key of it is lost on the way. */
let world: AccessService;
let key_id: string;
/** By an identity policy, by a key policy, and by a grant. */
const callers: Record<string, Newcomer> = {};
const composed = '\u00e9';
const decomposed = 'e\u0301';

beforeAll(async () => {
  world = await openAccessService();
  key_id = await world.newKey();
  const is = { Condition: { StringEquals: { 'kms:EncryptionContext:Tenant': composed, 'kms:EncryptionContext:__proto__': 'p' } } };
  callers['identity policy'] = await world.newcomer('identity', allow('kms:*', '*', is));
  const byKeyPolicy = await world.newcomer('key');
  callers['key policy'] = byKeyPolicy;
  const statement = { Effect: 'Allow', Principal: { AWS: byKeyPolicy.arn }, Action: 'kms:*', Resource: '*', ...is };
  await world.admin.keys.putKeyPolicy({ key_id, policy: keyPolicy(statement) });
  const byGrant = await world.newcomer('grant');
  callers['grant'] = byGrant;
  await world.admin.keys.createGrant({
    key_id,
    grantee_principal: byGrant.arn,
    operations: ['GRANT_OPERATION_ENCRYPT'],
    constraints: {
      encryption_context_equals: context([
        ['Tenant', composed],
        ['__proto__', 'p'],
      ]),
    },
  });
});
afterAll(() => world.close());

describe.each(['identity policy', 'key policy', 'grant'])('by a %s', (by) => {
  it('the right context is let in', async () => {
    const pairs = [
      ['Tenant', composed],
      ['__proto__', 'p'],
    ] as const;
    for (const inOrder of [pairs, pairs.toReversed()]) await expect(encrypt(by, inOrder)).resolves.toBeDefined();
  });

  it.each([
    ['without the key __proto__', [['Tenant', composed]]],
    [
      'with another value of __proto__',
      [
        ['Tenant', composed],
        ['__proto__', 'q'],
      ],
    ],
    [
      'with a key in another case',
      [
        ['tenant', composed],
        ['__proto__', 'p'],
      ],
    ],
    [
      'with a value in another case',
      [
        ['Tenant', '\u00c9'],
        ['__proto__', 'p'],
      ],
    ],
    [
      'with a value in another form of Unicode',
      [
        ['Tenant', decomposed],
        ['__proto__', 'p'],
      ],
    ],
    [
      'with a space',
      [
        ['Tenant', `${composed} `],
        ['__proto__', 'p'],
      ],
    ],
    [
      'with a space in the key',
      [
        ['Tenant ', composed],
        ['__proto__', 'p'],
      ],
    ],
    [
      'with a NUL',
      [
        ['Tenant', `${composed}\0`],
        ['__proto__', 'p'],
      ],
    ],
    [
      'with constructor instead',
      [
        ['Tenant', composed],
        ['constructor', 'p'],
      ],
    ],
    ['with nothing', []],
  ] as const)('%s it is not', async (_, pairs) => {
    expect((await refusalFacts(encrypt(by, pairs))).reason).toBe('ACCESS_DENIED');
  });

  it('one key twice is no context at all', async () => {
    const raw = clientOf(world, callers[by]?.token ?? '');
    const right = [
      ['Tenant', composed],
      ['__proto__', 'p'],
    ] as const;
    const bytes = Buffer.concat([requestWith(right), entry('Tenant', 'other')]);
    const answer = await raw.call('CryptoService/Encrypt', bytes);
    raw.close();
    expect(answer).toMatchObject({ ok: false, failure: { reason: 'INVALID_REQUEST' } });
  });
});

describe('a grant', () => {
  it('has every pair that was ordered, __proto__ too', async () => {
    const { grants } = await world.admin.keys.listGrants({ key_id });
    expect(new Set(Object.entries(grants[0]?.constraints?.encryption_context_equals ?? {}).map(String))).toEqual(
      new Set([`Tenant,${composed}`, '__proto__,p']),
    );
  });

  it('is refused when its constraint has a key twice', async () => {
    const grantee_principal = callers['grant']?.arn ?? '';
    const { CreateGrant } = loadProtocol().keys;
    const constraints = Buffer.concat([entry('a', '1', 1), entry('a', '2', 1)]);
    const bytes = Buffer.concat([
      CreateGrant.requestSerialize({ key_id, grantee_principal, operations: ['GRANT_OPERATION_ENCRYPT'] }),
      Buffer.from([(5 << 3) | 2, constraints.length]),
      constraints,
    ]);
    const raw = clientOf(world, world.token);
    const answer = await raw.call('KeyService/CreateGrant', bytes);
    raw.close();
    expect(answer).toMatchObject({ ok: false, failure: { reason: 'INVALID_REQUEST' } });
  });
});

function encrypt(by: string, pairs: readonly (readonly [string, string])[]): Promise<unknown> {
  const caller = callers[by];
  if (caller === undefined) throw new Error(`There is nobody by ${by}.`);
  return caller.latchkey.crypto.encrypt({ key_id, plaintext: Buffer.from('x'), encryption_context: context(pairs) });
}

/** An object whose `__proto__` is a key like any other. */
function context(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(pairs);
}

function requestWith(pairs: readonly (readonly [string, string])[]): Buffer {
  const { Encrypt } = loadProtocol().crypto;
  const rest = Encrypt.requestSerialize({ key_id, plaintext: Buffer.from('x') });
  return Buffer.concat([rest, ...pairs.map(([key, value]) => entry(key, value))]);
}

/** A pair of a map on the wire, in the field of this number. */
function entry(key: string, value: string, field = 3): Buffer {
  const texts = [key, value].map((text) => Buffer.from(text));
  const inside = Buffer.concat(texts.flatMap((text, index) => [Buffer.from([((index + 1) << 3) | 2, text.length]), text]));
  return Buffer.concat([Buffer.from([(field << 3) | 2, inside.length]), inside]);
}
