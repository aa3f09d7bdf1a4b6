import type { Latchkey } from '../../src/client/connect.ts';
import type { BadInput } from './bad-inputs.ts';
import type { ServerUnderTest } from './using-server.ts';

type AccessMethod = keyof Latchkey['access'];
type RequestOf<Method extends AccessMethod> = Parameters<Latchkey['access'][Method]>[0];

/** A call of AccessService; `principal` is one that there is, with access tokens and without any permission. */
function onAccess<Method extends AccessMethod>(
  method: Method,
  request: (principal: string, under: ServerUnderTest) => RequestOf<Method> | Promise<RequestOf<Method>>,
): BadInput {
  return async (under) => {
    const principal = await newPrincipal(under);
    const filled = await request(principal, under);
    const send = under.latchkey.access[method] as (request: RequestOf<Method>) => Promise<unknown>;
    return {
      call: `${method.charAt(0).toUpperCase()}${method.slice(1)}`,
      send: () => send(filled),
      look: () => everyPrincipalAnd(principal, under),
    };
  };
}

async function newPrincipal({ latchkey }: ServerUnderTest): Promise<string> {
  const { principal } = await latchkey.access.createPrincipal({ name: newName() });
  return principal?.path ?? '';
}

async function newGroup({ latchkey }: ServerUnderTest): Promise<string> {
  const { group } = await latchkey.access.createGroup({ group_name: newName() });
  return group?.group_name ?? '';
}

async function newGroups(count: number, under: ServerUnderTest): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, async () => newGroup(under)));
}

/** All principals and groups with the names of what they have, the tokens and the policies of one. */
async function everyPrincipalAnd(principal: string, { latchkey: { access } }: ServerUnderTest): Promise<object> {
  const page = { page_size: 1000 };
  const [{ principals }, { groups }, tokens] = await Promise.all([
    access.listPrincipals(page),
    access.listGroups(page),
    access.listAccessTokens({ ...page, principal }).catch(String),
  ]);
  const { policy_names = [] } = principals.find(({ path }) => path === principal) ?? {};
  const policies = await Promise.all(
    policy_names.map(async (policy_name) => access.getPrincipalPolicy({ principal, policy_name })),
  );
  return { principals, groups, tokens, policies };
}

let names = 0;
function newName(): string {
  names += 1;
  return `input-${names}`;
}

function identityPolicy(elements: object = {}): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*', ...elements }],
  });
}

function padded(policy: string, bytes: number): string {
  return policy.padEnd(bytes);
}

const eleventh = { policy_name: 'p11', policy: identityPolicy() };
const ten = Array.from({ length: 10 }, (_, index) => ({ policy_name: `p${index + 1}`, policy: identityPolicy() }));
const atIssuer = 'PRINCIPAL_SOURCE_OIDC';
const atAuthority = 'PRINCIPAL_SOURCE_CERTIFICATE';

const aboutPrincipals: Readonly<Record<string, BadInput>> = {
  'principal without a name': onAccess('createPrincipal', () => ({})),
  'principal name of 65 characters': onAccess('createPrincipal', () => ({ name: 'x'.repeat(65) })),
  'principal name with a space': onAccess('createPrincipal', () => ({ name: 'alice smith' })),
  'principal name that paths of others have': onAccess('createPrincipal', () => ({ name: 'cert' })),
  'principal name that is taken': onAccess('createPrincipal', (principal) => ({ name: principal.split('/').at(-1) ?? '' })),
  'principal name of one that was deleted': onAccess('createPrincipal', async (principal, { latchkey }) => {
    await latchkey.access.deletePrincipal({ principal });
    return { name: principal.split('/').at(-1) ?? '' };
  }),
  'principal source that there is not': onAccess('createPrincipal', () => ({ name: newName(), source: 99 as never })),
  'subject of a principal with access tokens': onAccess('createPrincipal', () => ({
    name: newName(),
    subject: 'dns:web.example.org',
  })),
  'subject of a certificate missing': onAccess('createPrincipal', () => ({ source: atAuthority })),
  'subject of a certificate without its kind': onAccess('createPrincipal', () => ({
    source: atAuthority,
    subject: 'web.example.org',
  })),
  'subject of an issuer that the server does not know': onAccess('createPrincipal', () => ({
    source: atIssuer,
    subject: 'oidc:corp alice',
  })),
  '51 tags of a principal at once': onAccess('createPrincipal', () => ({ name: newName(), tags: tags(51) })),
  'ready policy of a principal that there is not': onAccess('createPrincipal', () => ({
    name: newName(),
    ready_policy_names: ['owner'],
  })),
  'ready policy of a principal twice': onAccess('createPrincipal', () => ({
    name: newName(),
    ready_policy_names: ['auditor', 'auditor'],
  })),
  'group of a principal twice': onAccess('createPrincipal', async (_, under) => {
    const group = await newGroup(under);
    return { name: newName(), group_names: [group, group] };
  }),
  'group of a principal that there is not': onAccess('createPrincipal', () => ({ name: newName(), group_names: ['nobody'] })),
  '21 groups of a principal at once': onAccess('createPrincipal', async (_, under) => ({
    name: newName(),
    group_names: [...(await newGroups(21, under))],
  })),

  'principal missing': onAccess('describePrincipal', () => ({})),
  'principal by its name alone': onAccess('describePrincipal', () => ({ principal: 'alice' })),
  'principal by an ARN of another account': onAccess('describePrincipal', (principal) => ({
    principal: `arn:aws:iam::111111111111:${principal}`,
  })),
  'principal that there is not': onAccess('describePrincipal', () => ({ principal: 'user/token/nobody' })),
  'principal that was deleted': onAccess('enablePrincipal', async (principal, { latchkey }) => {
    await latchkey.access.deletePrincipal({ principal });
    return { principal };
  }),
  'principal that is built in': onAccess('disablePrincipal', () => ({ principal: 'user/local/administrator' })),
  'root as a principal to delete': onAccess('deletePrincipal', () => ({ principal: 'root' })),
  '`page_size` of 1001 principals': onAccess('listPrincipals', () => ({ page_size: 1001 })),
  'no tags for a principal': onAccess('tagPrincipal', (principal) => ({ principal, tags: [] })),
  'tag key `aws:x` for a principal': onAccess('tagPrincipal', (principal) => ({
    principal,
    tags: [{ tag_key: 'aws:x', tag_value: '' }],
  })),
  'the 51st tag of a principal': onAccess('tagPrincipal', async (principal, { latchkey }) => {
    await latchkey.access.tagPrincipal({ principal, tags: tags(50) });
    return { principal, tags: [{ tag_key: 'one more', tag_value: '' }] };
  }),
  'no tag keys of a principal': onAccess('untagPrincipal', (principal) => ({ principal, tag_keys: [] })),
};

const aboutTokens: Readonly<Record<string, BadInput>> = {
  'lifetime of 59 seconds': onAccess('createAccessToken', (principal) => ({ principal, lifetime_seconds: 59 })),
  'lifetime of 366 days and a second': onAccess('createAccessToken', (principal) => ({
    principal,
    lifetime_seconds: 366 * 86_400 + 1,
  })),
  'token description of 257 characters': onAccess('createAccessToken', (principal) => ({
    principal,
    description: '\u{1f511}'.repeat(257),
  })),
  'token of a principal with a certificate': onAccess('createAccessToken', async (_, { latchkey }) => {
    const { principal } = await latchkey.access.createPrincipal({ source: atAuthority, subject: `dns:${newName()}.example.org` });
    return { principal: principal?.path ?? '' };
  }),
  'token of a principal that is built in': onAccess('createAccessToken', () => ({ principal: 'user/local/administrator' })),
  'the 101st access token': onAccess('createAccessToken', async (principal, { latchkey }) => {
    await Promise.all(Array.from({ length: 100 }, async () => latchkey.access.createAccessToken({ principal })));
    return { principal };
  }),
  '`page_token` of tokens made up by hand': onAccess('listAccessTokens', (principal) => ({ principal, page_token: 'bmV4dA' })),
  '`token_id` missing': onAccess('revokeAccessToken', () => ({})),
  '`token_id` that is the whole token': onAccess('revokeAccessToken', (_, { server }) => ({ token_id: server.token })),
  '`token_id` that there is not': onAccess('revokeAccessToken', () => ({ token_id: 'a'.repeat(16) })),
};

const aboutPolicies: Readonly<Record<string, BadInput>> = {
  'identity policy without a name': onAccess('putPrincipalPolicy', (principal) => ({ principal, policy: identityPolicy() })),
  'identity policy name of 129 characters': onAccess('putPrincipalPolicy', (principal) => ({
    principal,
    policy_name: 'x'.repeat(129),
    policy: identityPolicy(),
  })),
  'identity policy named like a ready one': onAccess('putPrincipalPolicy', (principal) => ({
    principal,
    policy_name: 'auditor',
    policy: identityPolicy(),
  })),
  'identity policy missing': onAccess('putPrincipalPolicy', (principal) => ({ principal, policy_name: 'own' })),
  'identity policy of 8193 bytes': putPolicy(padded(identityPolicy(), 8193)),
  'identity policy that is no JSON': putPolicy('{"Version":'),
  'identity policy without statements': putPolicy('{"Version":"2012-10-17"}'),
  'identity policy with a Principal': putPolicy(identityPolicy({ Principal: '*' })),
  'identity policy about an action that there is not': putPolicy(identityPolicy({ Action: 'kms:ListKey' })),
  'identity policy about another service': putPolicy(identityPolicy({ Action: 's3:GetObject' })),
  'identity policy with a condition key that there is not': putPolicy(
    identityPolicy({ Condition: { Bool: { 'aws:SecureTransports': 'true' } } }),
  ),
  'the 11th identity policy of a principal': onAccess('putPrincipalPolicy', async (principal, { latchkey }) => {
    for (const policy of ten) await latchkey.access.putPrincipalPolicy({ principal, ...policy });
    return { principal, ...eleventh };
  }),
  'identity policy to read that there is not': onAccess('getPrincipalPolicy', (principal) => ({
    principal,
    policy_name: 'other',
  })),
  'identity policy to delete that there is not': onAccess('deletePrincipalPolicy', (principal) => ({
    principal,
    policy_name: 'other',
  })),
  'ready policy to attach that there is not': onAccess('attachPrincipalPolicy', (principal) => ({
    principal,
    policy_name: 'owner',
  })),
  'ready policy to detach that the principal does not have': onAccess('detachPrincipalPolicy', (principal) => ({
    principal,
    policy_name: 'auditor',
  })),
};

function putPolicy(policy: string): BadInput {
  return onAccess('putPrincipalPolicy', (principal) => ({ principal, policy_name: 'own', policy }));
}

function tags(count: number) {
  return Array.from({ length: count }, (_, index) => ({ tag_key: `tag ${index}`, tag_value: '' }));
}

const aboutGroups: Readonly<Record<string, BadInput>> = {
  'group name missing': onAccess('createGroup', () => ({})),
  'group name of 129 characters': onAccess('createGroup', () => ({ group_name: 'x'.repeat(129) })),
  'group name that is taken': onAccess('createGroup', async (_, under) => ({ group_name: await newGroup(under) })),
  'ready policy of a group twice': onAccess('createGroup', () => ({
    group_name: newName(),
    ready_policy_names: ['auditor', 'auditor'],
  })),
  'group that there is not': onAccess('describeGroup', () => ({ group_name: 'nobody' })),
  'group name of 129 characters to list by': onAccess('listPrincipals', () => ({ group_name: 'x'.repeat(129) })),
  '`page_size` of 1001 groups': onAccess('listGroups', () => ({ page_size: 1001 })),
  'group to delete that has members': onAccess('deleteGroup', async (principal, under) => {
    const group_name = await newGroup(under);
    await under.latchkey.access.addPrincipalToGroup({ principal, group_name });
    return { group_name };
  }),
  'group to join that there is not': onAccess('addPrincipalToGroup', (principal) => ({ principal, group_name: 'nobody' })),
  'the 21st group': onAccess('addPrincipalToGroup', async (principal, under) => {
    const [last = '', ...others] = await newGroups(21, under);
    for (const group_name of others) await under.latchkey.access.addPrincipalToGroup({ principal, group_name });
    return { principal, group_name: last };
  }),
  'group to leave without its name': onAccess('removePrincipalFromGroup', (principal) => ({ principal })),
  'policy of a group that is named like a ready one': onAccess('putGroupPolicy', async (_, under) => ({
    group_name: await newGroup(under),
    policy_name: 'auditor',
    policy: identityPolicy(),
  })),
  'policy of a group of 8193 bytes': onAccess('putGroupPolicy', async (_, under) => ({
    group_name: await newGroup(under),
    policy_name: 'own',
    policy: padded(identityPolicy(), 8193),
  })),
  'the 11th policy of a group': onAccess('putGroupPolicy', async (_, under) => {
    const group_name = await newGroup(under);
    for (const policy of ten) await under.latchkey.access.putGroupPolicy({ group_name, ...policy });
    return { group_name, ...eleventh };
  }),
  'policy of a group to read that there is not': ofGroup('getGroupPolicy', 'other'),
  'policy of a group to delete that there is not': ofGroup('deleteGroupPolicy', 'other'),
  'ready policy of a group to attach that there is not': ofGroup('attachGroupPolicy', 'owner'),
  'ready policy to detach that the group does not have': ofGroup('detachGroupPolicy', 'auditor'),
};

function ofGroup(
  method: 'getGroupPolicy' | 'deleteGroupPolicy' | 'attachGroupPolicy' | 'detachGroupPolicy',
  policy_name: string,
): BadInput {
  return onAccess(method, async (_, under) => ({ group_name: await newGroup(under), policy_name }));
}

/** A supposed call with `kms:Encrypt` on a key that there is, but for one thing. */
function explaining(changes: object): BadInput {
  return onAccess('explainDecision', async (principal, under) => ({
    principal,
    action: 'kms:Encrypt',
    key_id: await under.newKey(),
    ...changes,
  }));
}

const aboutDecisions: Readonly<Record<string, BadInput>> = {
  'action missing': explaining({ action: '' }),
  'action with a wildcard': explaining({ action: 'kms:*' }),
  'key of a decision missing': explaining({ key_id: '' }),
  'key of a decision about no key': explaining({ action: 'kms:ListKeys' }),
  'resource of a decision beside its key': explaining({ resource: '*' }),
  'resource of a decision that is no ARN': explaining({ action: 'kms:ListKeys', key_id: '', resource: 'alias/orders' }),
  'context of a decision that has none': explaining({ action: 'kms:DescribeKey', encryption_context: { tenant: 'acme' } }),
  'condition value of no condition key': explaining({ condition_values: { 'aws:Sourceip ': '10.0.0.1' } }),
  'condition value that no call has': explaining({ condition_values: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } }),
  'condition value that the principal has': explaining({ condition_values: { 'aws:username': 'alice' } }),
  'condition value that the key has': explaining({ condition_values: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } }),
  'address of a decision that is none': explaining({ condition_values: { 'aws:SourceIp': '10.0.0.256' } }),
  'yes or no of a decision that is neither': explaining({ condition_values: { 'aws:SecureTransport': 'yes' } }),
  'number of a decision that is none': explaining({ condition_values: { 'kms:RotationPeriodInDays': 'a year' } }),
  'time of a decision that is no date': explaining({ condition_values: { 'aws:CurrentTime': 'tomorrow' } }),
};

/** Rows of docs/INPUT.md about AccessService. */
export const badAccess: Readonly<Record<string, BadInput>> = {
  ...aboutPrincipals,
  ...aboutTokens,
  ...aboutPolicies,
  ...aboutGroups,
  ...aboutDecisions,
};
