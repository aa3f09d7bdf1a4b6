import type { Latchkey } from '../../src/client/connect.ts';
import type { BadInput } from './bad-inputs.ts';
import type { ServerUnderTest } from './using-server.ts';

type Method =
  | 'createGrant'
  | 'listGrants'
  | 'listRetirableGrants'
  | 'retireGrant'
  | 'revokeGrant'
  | 'getKeyPolicy'
  | 'listKeyPolicies'
  | 'putKeyPolicy'
  | 'createKey';
type RequestOf<Called extends Method> = Parameters<Latchkey['keys'][Called]>[0];

/** A call about grants or policies of a key that there is; its policy and grants must stay as they are. */
function aboutKey<Called extends Method>(
  method: Called,
  request: (key_id: string, under: ServerUnderTest) => RequestOf<Called> | Promise<RequestOf<Called>>,
): BadInput {
  return async (under) => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    const filled = await request(key_id, under);
    const send = keys[method] as (request: RequestOf<Called>) => Promise<unknown>;
    return {
      call: `${method.charAt(0).toUpperCase()}${method.slice(1)}`,
      send: () => send(filled),
      look: async () => ({
        policy: await keys.getKeyPolicy({ key_id }),
        grants: await keys.listGrants({ key_id, page_size: 1000 }),
        keys: await keys.listKeys({ page_size: 1000 }),
      }),
    };
  };
}

const account = 'arn:aws:iam::000000000000';
/** Whom the first start made. */
const grantee_principal = `${account}:user/token/administrator`;

/** A grant that would be created, but for one thing. */
function granting(changes: object): BadInput {
  return aboutKey('createGrant', (key_id) => ({ key_id, ...grantOfDecrypt, ...changes }));
}

const grantOfDecrypt = { grantee_principal, operations: ['GRANT_OPERATION_DECRYPT' as const] };

async function newGrant(key_id: string, { latchkey }: ServerUnderTest) {
  return latchkey.keys.createGrant({ key_id, ...grantOfDecrypt });
}

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, 'value']));
}

const aboutGrants: Readonly<Record<string, BadInput>> = {
  'grantee missing': granting({ grantee_principal: '' }),
  'grantee by its path': granting({ grantee_principal: 'user/token/administrator' }),
  'grantee of another account': granting({ grantee_principal: 'arn:aws:iam::111111111111:user/token/administrator' }),
  'the account as grantee': granting({ grantee_principal: `${account}:root` }),
  'grantee that there is not': granting({ grantee_principal: `${account}:user/token/nobody` }),
  'retiring principal by its path': granting({ retiring_principal: 'user/token/administrator' }),
  'retiring principal that there is not': granting({ retiring_principal: `${account}:user/token/nobody` }),
  'no operations': granting({ operations: [] }),
  'an operation twice': granting({ operations: ['GRANT_OPERATION_DECRYPT', 'GRANT_OPERATION_DECRYPT'] }),
  'an operation that there is not': granting({ operations: ['GRANT_OPERATION_UNSPECIFIED'] }),
  'constraints of operations without a context': granting({
    operations: ['GRANT_OPERATION_DESCRIBE_KEY'],
    constraints: { encryption_context_equals: pairs(1) },
  }),
  'constraints without pairs': granting({ constraints: {} }),
  'constraints of both kinds': granting({
    constraints: { encryption_context_equals: pairs(1), encryption_context_subset: pairs(1) },
  }),
  'constraints of 9 pairs': granting({ constraints: { encryption_context_equals: pairs(9) } }),
  'constraints with a value of 385 characters': granting({
    constraints: { encryption_context_subset: { tenant: '\u{1f511}'.repeat(385) } },
  }),
  'grant name of 257 characters': granting({ name: 'x'.repeat(257) }),
  'grant name with a space': granting({ name: 'my grant' }),
  'a grant with 11 grant tokens': granting({ grant_tokens: Array.from({ length: 11 }, () => 'token') }),
  'grants of a grantee by its path': aboutKey('listGrants', (key_id) => ({
    key_id,
    grantee_principal: 'user/token/administrator',
  })),
  'grants of a `grant_id` that is none': aboutKey('listGrants', (key_id) => ({ key_id, grant_id: 'x' })),
  '`page_size` of 1001 grants': aboutKey('listGrants', (key_id) => ({ key_id, page_size: 1001 })),
  'retirable grants of nobody': aboutKey('listRetirableGrants', () => ({})),
  'retirable grants of a principal that there is not': aboutKey('listRetirableGrants', () => ({
    retiring_principal: `${account}:user/token/nobody`,
  })),
  'grant to retire without token and key': aboutKey('retireGrant', () => ({})),
  'grant to retire without token and id': aboutKey('retireGrant', (key_id) => ({ key_id })),
  'grant to retire by token and key': aboutKey('retireGrant', async (key_id, under) => {
    const { grant_token } = await newGrant(key_id, under);
    return { grant_token, key_id };
  }),
  'grant to retire by token and id': aboutKey('retireGrant', async (key_id, under) => {
    const { grant_token, grant_id } = await newGrant(key_id, under);
    return { grant_token, grant_id };
  }),
  'grant to retire by a token made up by hand': aboutKey('retireGrant', () => ({ grant_token: 'token' })),
  'grant to retire that there is not': aboutKey('retireGrant', (key_id) => ({ key_id, grant_id: 'a'.repeat(64) })),
  'grant to revoke without its id': aboutKey('revokeGrant', (key_id) => ({ key_id })),
  'grant to revoke whose id is in upper case': aboutKey('revokeGrant', (key_id) => ({ key_id, grant_id: 'A'.repeat(64) })),
  'grant to revoke of another key': aboutKey('revokeGrant', async (key_id, under) => {
    const { grant_id } = await newGrant(await under.newKey(), under);
    return { key_id, grant_id };
  }),
};

function keyPolicy(elements: object = {}): string {
  const statement = { Effect: 'Allow', Principal: { AWS: `${account}:root` }, Action: 'kms:*', Resource: '*', ...elements };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function putting(policy: string): BadInput {
  return aboutKey('putKeyPolicy', (key_id) => ({ key_id, policy }));
}

/** Values of a pattern, each of which searches for what a variable stands for. */
function searches(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `*\${aws:username}${index}*`);
}

const aboutKeyPolicies: Readonly<Record<string, BadInput>> = {
  'key policy missing': aboutKey('putKeyPolicy', (key_id) => ({ key_id })),
  'key policy with a name of its own': aboutKey('putKeyPolicy', (key_id) => ({
    key_id,
    policy_name: 'own',
    policy: keyPolicy(),
  })),
  'key policy to read by another name': aboutKey('getKeyPolicy', (key_id) => ({ key_id, policy_name: 'own' })),
  '`page_size` of 1001 key policies': aboutKey('listKeyPolicies', (key_id) => ({ key_id, page_size: 1001 })),
  'key policy of an alias': aboutKey('putKeyPolicy', () => ({ key_id: 'alias/orders', policy: keyPolicy() })),
  'key policy of 32 769 bytes': putting(keyPolicy().padEnd(32 * 1024 + 1)),
  'key policy of 32 769 bytes from the start': aboutKey('createKey', () => ({ policy: keyPolicy().padEnd(32 * 1024 + 1) })),
  'key policy that is no JSON': putting('{"Version":'),
  'key policy with a member twice': putting('{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}'),
  'key policy of another version': putting(keyPolicy().replace('2012-10-17', '2012-10-18')),
  'key policy without a Principal': putting(keyPolicy({ Principal: undefined })),
  'key policy for a principal that there is not': putting(keyPolicy({ Principal: { AWS: `${account}:user/token/nobody` } })),
  'key policy for another account': putting(keyPolicy({ Principal: { AWS: 'arn:aws:iam::111111111111:root' } })),
  'key policy for a service': putting(keyPolicy({ Principal: { Service: 's3.amazonaws.com' } })),
  'key policy with an effect that there is not': putting(keyPolicy({ Effect: 'allow' })),
  'key policy with an operator that there is not': putting(keyPolicy({ Condition: { stringEquals: { 'kms:KeySpec': 'x' } } })),
  'key policy with an address that is none': putting(keyPolicy({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } })),
  'key policy with 51 values to search a variable in': putting(
    keyPolicy({ Condition: { StringLike: { 'aws:userid': searches(51) } } }),
  ),
  'key policy that shuts its author out': putting(keyPolicy({ Action: 'kms:Decrypt' })),
  'key policy that shuts its author out from the start': aboutKey('createKey', () => ({
    policy: keyPolicy({ Action: 'kms:Decrypt' }),
  })),
};

/** Rows of docs/INPUT.md about grants and key policies. */
export const badGrants: Readonly<Record<string, BadInput>> = { ...aboutGrants, ...aboutKeyPolicies };
