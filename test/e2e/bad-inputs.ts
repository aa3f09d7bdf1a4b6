import { randomBytes } from 'node:crypto';
import type { Latchkey } from '../../src/client/connect.ts';
import { badAccess } from './bad-access.ts';
import { badBatches } from './bad-batches.ts';
import { badGrants } from './bad-grants.ts';
import { badImports } from './bad-imports.ts';
import type { ServerUnderTest } from './using-server.ts';

/** Makes what a row of docs/INPUT.md needs. */
export type BadInput = (under: ServerUnderTest) => Promise<PreparedInput>;

export interface PreparedInput {
  /** The method, as the table names it. */
  readonly call: string;
  readonly send: () => Promise<unknown>;
  /** All that must stay as it is, where that is more than keys and aliases, or elsewhere. */
  readonly look?: () => Promise<unknown>;
  readonly close?: () => Promise<void>;
}

type KeyMethod = keyof Latchkey['keys'];

/** A call on a key that is there. */
function onKey<Method extends KeyMethod>(
  method: Method,
  request: (key_id: string, under: ServerUnderTest) => RequestOf<Method> | Promise<RequestOf<Method>>,
): BadInput {
  return async (under) => {
    const filled = await request(await under.newKey(), under);
    const send = under.latchkey.keys[method] as (request: RequestOf<Method>) => Promise<unknown>;
    return { call: `${method.charAt(0).toUpperCase()}${method.slice(1)}`, send: () => send(filled) };
  };
}
type RequestOf<Method extends KeyMethod> = Parameters<Latchkey['keys'][Method]>[0];

/** An Encrypt under a key that is there. */
function encrypting(fields: object): BadInput {
  return async (under) => {
    const request = { key_id: await under.newKey(), plaintext: Buffer.from('x'), ...fields };
    return { call: 'Encrypt', send: async () => under.latchkey.crypto.encrypt(request) };
  };
}

function tags(count: number) {
  return Array.from({ length: count }, (_, index) => ({ tag_key: `tag ${index}`, tag_value: '' }));
}

function tagged(tag_key: string, tag_value = ''): BadInput {
  return onKey('tagResource', (key_id) => ({
    key_id,
    tags: [
      { tag_key: 'sound', tag_value: '' },
      { tag_key, tag_value },
    ],
  }));
}

function named(alias_name: string): BadInput {
  return onKey('createAlias', (target_key_id) => ({ alias_name, target_key_id }));
}

async function fillWithAliases(prefix: string, target_key_id: string, { latchkey }: ServerUnderTest): Promise<void> {
  const names = Array.from({ length: 50 }, (_, index) => `${prefix}${index}`);
  await Promise.all(names.map(async (alias_name) => latchkey.keys.createAlias({ alias_name, target_key_id })));
}

async function currentMaterial(key_id: string, { latchkey }: ServerUnderTest): Promise<string> {
  return (await latchkey.keys.describeKey({ key_id })).key_metadata?.current_key_material_id ?? '';
}

/** For each row of docs/INPUT.md, by its first cell. */
export const badInputs: Readonly<Record<string, BadInput>> = {
  ...badImports,
  ...badBatches,
  ...badGrants,
  ...badAccess,
  '11 grant tokens': encrypting({ grant_tokens: Array.from({ length: 11 }, () => 'token') }),
  'a grant token that is empty': encrypting({ grant_tokens: ['token', ''] }),
  'a grant token of 8193 bytes': encrypting({ grant_tokens: ['x'.repeat(8193)] }),
  'a grant token of another service': encrypting({ grant_tokens: ['token'] }),
  'rotation period of 89 days': onKey('enableKeyRotation', (key_id) => ({ key_id, rotation_period_in_days: 89 })),
  'rotation period of 2561 days': onKey('enableKeyRotation', (key_id) => ({ key_id, rotation_period_in_days: 2561 })),
  'rotation period of 89 days from the start': onKey('createKey', () => ({
    enable_key_rotation: true,
    rotation_period_in_days: 89,
  })),
  'rotation period without `enable_key_rotation`': onKey('createKey', () => ({ rotation_period_in_days: 365 })),
  'rotation of a key that is to be imported': onKey('createKey', () => ({
    origin: 'ORIGIN_TYPE_EXTERNAL',
    enable_key_rotation: true,
  })),
  'waiting period of 6 days': onKey('scheduleKeyDeletion', (key_id) => ({ key_id, pending_window_in_days: 6 })),
  'waiting period of 31 days': onKey('scheduleKeyDeletion', (key_id) => ({ key_id, pending_window_in_days: 31 })),
  'description of 8193 characters': onKey('updateKeyDescription', (key_id) => ({ key_id, description: 'x'.repeat(8193) })),
  'description of 8193 characters from the start': onKey('createKey', () => ({ description: '\u{1f511}'.repeat(8193) })),

  'alias without `alias/`': named('orders'),
  'alias of 257 characters': named(`alias/${'x'.repeat(251)}`),
  'alias `alias/aws/x`': named('alias/aws/x'),
  'alias `alias/latchkey/x`': named('alias/latchkey/x'),
  'alias that exists': onKey('createAlias', async (target_key_id, under) => {
    const alias = { alias_name: 'alias/taken', target_key_id: await under.newKey() };
    await under.latchkey.keys.createAlias(alias);
    return { ...alias, target_key_id };
  }),
  'the 51st alias': onKey('createAlias', async (target_key_id, under) => {
    await fillWithAliases('alias/a/', target_key_id, under);
    return { alias_name: 'alias/a/51', target_key_id };
  }),
  'the 51st alias, from another key': onKey('updateAlias', async (target_key_id, under) => {
    await fillWithAliases('alias/b/', target_key_id, under);
    const alias_name = 'alias/b/51';
    await under.latchkey.keys.createAlias({ alias_name, target_key_id: await under.newKey() });
    return { alias_name, target_key_id };
  }),

  'the 51st tag': onKey('tagResource', async (key_id, { latchkey }) => {
    await latchkey.keys.tagResource({ key_id, tags: tags(50) });
    return { key_id, tags: [{ tag_key: 'one more', tag_value: '' }] };
  }),
  '51 tags at once': onKey('createKey', () => ({ tags: tags(51) })),
  'no tags': onKey('tagResource', (key_id) => ({ key_id, tags: [] })),
  'no tag keys': onKey('untagResource', (key_id) => ({ key_id, tag_keys: [] })),
  'tag key `aws:x`': tagged('aws:x'),
  'tag key `AWS:x`': onKey('createKey', () => ({ tags: [{ tag_key: 'AWS:x', tag_value: '' }] })),
  'tag key empty': tagged(''),
  'tag key of 129 characters': tagged('x'.repeat(129)),
  'tag value of 257 characters': tagged('x', '\u{1f511}'.repeat(257)),
  'tag value `aws:x`': tagged('x', 'aws:x'),
  'the same tag key twice': tagged('sound', 'other value'),

  'key missing': onKey('describeKey', () => ({})),
  'alias in a call that manages': onKey('disableKey', async (target_key_id, { latchkey }) => {
    await latchkey.keys.createAlias({ alias_name: 'alias/managed', target_key_id });
    return { key_id: 'alias/managed' };
  }),
  'alias ARN in a call that manages': onKey('scheduleKeyDeletion', async (target_key_id, { latchkey }) => {
    await latchkey.keys.createAlias({ alias_name: 'alias/managed/arn', target_key_id });
    return { key_id: 'arn:aws:kms:us-east-1:000000000000:alias/managed/arn' };
  }),
  'alias in a call about uses': onKey('getKeyLastUsage', async (target_key_id, { latchkey }) => {
    await latchkey.keys.createAlias({ alias_name: 'alias/used', target_key_id });
    return { key_id: 'alias/used' };
  }),
  'key id in upper case': onKey('describeKey', (key_id) => ({ key_id: key_id.replace(/^.{8}/, 'ABCDEF00') })),
  'key ARN of another region': onKey('describeKey', (key_id) => ({ key_id: `arn:aws:kms:eu-west-1:000000000000:key/${key_id}` })),
  'ARN that names no key': onKey('describeKey', () => ({ key_id: 'arn:aws:kms:us-east-1:000000000000:key/orders' })),

  '`page_token` made up by hand': onKey('listKeys', (key_id) => ({ page_token: Buffer.from(key_id).toString('base64url') })),
  '`page_size` of 1001': onKey('listKeys', () => ({ page_size: 1001 })),
  '`key_material_id` that is none': onKey('setKeyMaterialCompromised', (key_id) => ({
    key_id,
    key_material_id: randomBytes(32).toString('hex').slice(1),
    compromised: true,
  })),
  '`key_material_id` missing': onKey('setKeyMaterialCompromised', (key_id) => ({ key_id, compromised: true })),
  '`key_material_id` of another key': onKey('setKeyMaterialCompromised', async (key_id, under) => ({
    key_id,
    key_material_id: await currentMaterial(await under.newKey(), under),
    compromised: true,
  })),
  'the current material as compromised': onKey('setKeyMaterialCompromised', async (key_id, under) => ({
    key_id,
    key_material_id: await currentMaterial(key_id, under),
    compromised: true,
  })),
  '`client_token` with a space': onKey('rotateKeyOnDemand', (key_id) => ({ key_id, client_token: 'my token' })),
};
