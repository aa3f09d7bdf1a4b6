import { type Row, alias, alice, allow, deny, otherKey, rows, wholeAccount } from './row.ts';

const trust = allow({ Principal: wholeAccount, Action: 'kms:*' });
const byName = allow({ Principal: { AWS: alice } });
const all = allow({ Action: '*' });
const granted = [{ grantee: 'alice', operations: ['Encrypt'] }] as const;
const tenant = 'kms:EncryptionContext:tenant';

/** What is absent is the default key policy: it trusts the account with everything. */
export const defaultPolicyDecisions: readonly Row[] = rows([
  ['nothing but the default key policy', {}, false, 'it names the account, and no identity policy allows'],
  [
    'the default key policy and an identity policy',
    { identity: [[allow()]] },
    true,
    'key policy trusts the account, identity policy allows',
  ],
  [
    'the default key policy and an identity policy for another action',
    { identity: [[allow({ Action: 'kms:Decrypt' })]] },
    false,
    'another action',
  ],
  ['the default key policy and one for another key', { identity: [[allow({ Resource: otherKey })]] }, false, 'another resource'],
  ['the default key policy and root', { caller: 'root' }, true, 'root needs no identity policy'],
  [
    'the default key policy, root deletes',
    { caller: 'root', action: 'kms:ScheduleKeyDeletion' },
    true,
    'kms:* is everything with the key',
  ],
  [
    'the default key policy, an administrator',
    { action: 'kms:PutKeyPolicy', identity: [[all]] },
    true,
    'an identity policy allows everything',
  ],
  ['the second of two identity policies', { identity: [[allow({ Action: 'kms:Decrypt' })], [allow()]] }, true, 'any of them'],
  ['the second of two statements', { identity: [[allow({ Action: 'kms:Decrypt' }), allow()]] }, true, 'any of them'],
  [
    'an identity policy whose condition fails',
    { attributes: { [tenant]: 'red' }, identity: [[allow({ Condition: { StringEquals: { [tenant]: 'blue' } } })]] },
    false,
    'a statement applies as a whole',
  ],
  [
    'an identity policy whose condition holds',
    { attributes: { [tenant]: 'blue' }, identity: [[allow({ Condition: { StringEquals: { [tenant]: 'blue' } } })]] },
    true,
    'a statement applies as a whole',
  ],
  [
    'an identity policy by the tag of the key',
    {
      attributes: { 'aws:ResourceTag/team': 'blue' },
      identity: [[allow({ Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } } })]],
    },
    true,
    'ABAC: the caller’s team is the key’s',
  ],
  [
    'an identity policy by the tag of the key, of another team',
    {
      caller: 'carol',
      attributes: { 'aws:ResourceTag/team': 'blue' },
      identity: [[allow({ Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } } })]],
    },
    false,
    'ABAC: Carol is red',
  ],
  [
    'ABAC, neither has a tag',
    { caller: 'bob', identity: [[allow({ Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } } })]] },
    false,
    'two missing values are not equal',
  ],
]);

export const directDecisions: readonly Row[] = rows([
  ['named in the key policy', { keyPolicy: [byName] }, true, 'needs no identity policy'],
  [
    'named in the key policy, which has no trust for the account',
    { keyPolicy: [byName], identity: [[allow({ Action: 'kms:Decrypt' })]] },
    true,
    'the key policy alone',
  ],
  [
    'named in the key policy for Encrypt, asks for Decrypt',
    { action: 'kms:Decrypt', keyPolicy: [byName], identity: [[all]] },
    false,
    'identity policies without trust are no use',
  ],
  [
    'named for Encrypt, trust for the rest',
    { action: 'kms:Decrypt', keyPolicy: [byName, trust], identity: [[all]] },
    true,
    'trust and identity policy',
  ],
  [
    'named, but only with a context',
    { attributes: { [tenant]: 'red' }, keyPolicy: [allow({ Condition: { StringEquals: { [tenant]: 'blue' } } })] },
    false,
    'the condition fails',
  ],
  [
    'named, but only with a context, and trust beside it',
    {
      attributes: { [tenant]: 'red' },
      keyPolicy: [allow({ Condition: { StringEquals: { [tenant]: 'blue' } } }), trust],
      identity: [[allow()]],
    },
    true,
    'one Allow that applies is enough',
  ],
  [
    'two statements, each with half of what is needed',
    {
      keyPolicy: [
        allow({ Principal: { AWS: alice }, Action: 'kms:Decrypt' }),
        allow({ Principal: '*', Condition: { StringEquals: { [tenant]: 'blue' } } }),
      ],
    },
    false,
    'statements do not add up',
  ],
  [
    'a key policy without statements for anybody',
    { keyPolicy: [deny({ Action: 'kms:Decrypt' })] },
    false,
    'what nobody allows is denied',
  ],
  [
    'a Deny alone, of something else',
    { keyPolicy: [deny({ Action: 'kms:Decrypt' })], identity: [[all]] },
    false,
    'a Deny that does not apply allows nothing',
  ],
]);

export const explicitDenyDecisions: readonly Row[] = rows([
  ['a Deny in the key policy against an Allow in it', { keyPolicy: [byName, deny()] }, false, 'explicit Deny wins'],
  ['a Deny before the Allow', { keyPolicy: [deny(), byName] }, false, 'order is no matter'],
  [
    'a Deny in the key policy against an identity policy',
    { keyPolicy: [trust, deny()], identity: [[all]] },
    false,
    'explicit Deny wins',
  ],
  ['a Deny in the key policy against a grant', { keyPolicy: [trust, deny()], grants: granted }, false, 'explicit Deny wins'],
  [
    'a Deny in the key policy against root',
    { caller: 'root', keyPolicy: [trust, deny({ Principal: '*' })] },
    false,
    'root too, though it may change the policy',
  ],
  [
    'a Deny in an identity policy against the key policy',
    { keyPolicy: [byName], identity: [[deny()]] },
    false,
    'explicit Deny wins',
  ],
  ['a Deny in an identity policy against another one', { identity: [[all], [deny()]] }, false, 'explicit Deny wins'],
  ['a Deny in an identity policy against the same one', { identity: [[deny(), all]] }, false, 'explicit Deny wins'],
  ['a Deny in an identity policy against a grant', { identity: [[deny()]], grants: granted }, false, 'explicit Deny wins'],
  [
    'a Deny in an identity policy without trust for the account',
    { keyPolicy: [byName], identity: [[deny({ Action: 'kms:*' })]] },
    false,
    'a Deny needs nobody’s leave',
  ],
  ['a Deny of another action', { keyPolicy: [byName], identity: [[deny({ Action: 'kms:Decrypt' })]] }, true, 'does not apply'],
  ['a Deny of another resource', { keyPolicy: [byName], identity: [[deny({ Resource: otherKey })]] }, true, 'does not apply'],
  [
    'a Deny whose condition fails',
    { attributes: { [tenant]: 'blue' }, keyPolicy: [byName, deny({ Condition: { StringEquals: { [tenant]: 'red' } } })] },
    true,
    'does not apply',
  ],
  [
    'a Deny whose condition holds',
    { attributes: { [tenant]: 'red' }, keyPolicy: [byName, deny({ Condition: { StringEquals: { [tenant]: 'red' } } })] },
    false,
    'applies',
  ],
  [
    'a Deny unless TLS',
    {
      attributes: { 'aws:SecureTransport': 'false' },
      keyPolicy: [byName, deny({ Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
    },
    false,
    'the usual way to ask for TLS',
  ],
  [
    'a Deny unless TLS, over TLS',
    {
      attributes: { 'aws:SecureTransport': 'true' },
      keyPolicy: [byName, deny({ Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
    },
    true,
    'the usual way to ask for TLS',
  ],
  [
    'a Deny without a context, none given',
    { keyPolicy: [byName, deny({ Condition: { Null: { 'kms:EncryptionContextKeys': 'true' } } })] },
    false,
    'a context is required',
  ],
  [
    'a Deny without a context, one given',
    {
      attributes: { [tenant]: 'x', 'kms:EncryptionContextKeys': ['tenant'] },
      keyPolicy: [byName, deny({ Condition: { Null: { 'kms:EncryptionContextKeys': 'true' } } })],
    },
    true,
    'a context is given',
  ],
  [
    'a Deny of other tenants, none given',
    { keyPolicy: [byName, deny({ Condition: { StringNotEquals: { [tenant]: 'blue' } } })] },
    false,
    'negated and missing: true, so the Deny applies',
  ],
  [
    'a Deny of other tenants with IfExists, none given',
    { keyPolicy: [byName, deny({ Condition: { StringNotEqualsIfExists: { [tenant]: 'blue' } } })] },
    false,
    'IfExists and missing: true, so the Deny applies',
  ],
  [
    'a Deny of one tenant with IfExists, none given',
    { keyPolicy: [byName, deny({ Condition: { StringEqualsIfExists: { [tenant]: 'blue' } } })] },
    false,
    'IfExists in a Deny denies what is missing',
  ],
  [
    'a Deny of one tenant, none given',
    { keyPolicy: [byName, deny({ Condition: { StringEquals: { [tenant]: 'blue' } } })] },
    true,
    'missing: false, the Deny does not apply',
  ],
  [
    'a Deny with ForAllValues, none given',
    { keyPolicy: [byName, deny({ Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'x' } } })] },
    false,
    'ForAllValues and missing: true, AWS warns of it',
  ],
  [
    'a Deny with ForAnyValue, none given',
    { keyPolicy: [byName, deny({ Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'x' } } })] },
    true,
    'ForAnyValue and missing: false',
  ],
  [
    'a Deny by an organisation',
    { keyPolicy: [byName, deny({ Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } } })] },
    false,
    'nobody here is of an organisation',
  ],
  [
    'a Deny by a VPC endpoint, IfExists',
    { keyPolicy: [byName, deny({ Condition: { StringNotEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } } })] },
    false,
    'negated and never present: true',
  ],
]);

export const withoutKeyDecisions: readonly Row[] = rows([
  [
    'an alias and an identity policy',
    { action: 'kms:CreateAlias', resource: alias, identity: [[allow({ Action: 'kms:CreateAlias', Resource: alias })]] },
    true,
    'aliases: identity policies alone',
  ],
  ['an alias and no identity policy', { action: 'kms:CreateAlias', resource: alias }, false, 'an alias has no policy of its own'],
  ['an alias and root', { caller: 'root', action: 'kms:CreateAlias', resource: alias }, true, 'root is allowed all in its account'],
  [
    'an alias and a Deny',
    { action: 'kms:CreateAlias', resource: alias, identity: [[all, deny({ Action: 'kms:*Alias', Resource: '*' })]] },
    false,
    'explicit Deny',
  ],
  [
    'an alias and the key’s own policy',
    { action: 'kms:DeleteAlias', resource: alias, keyPolicy: [allow({ Principal: '*', Action: '*' })] },
    false,
    'the key policy is asked for the key, not for the alias',
  ],
  ['an alias and a grant', { action: 'kms:DeleteAlias', resource: alias, grants: granted }, false, 'grants are for keys'],
  [
    'UpdateAlias on the alias by a pattern',
    {
      action: 'kms:UpdateAlias',
      resource: alias,
      identity: [[allow({ Action: 'kms:UpdateAlias', Resource: 'arn:aws:kms:*:*:alias/a*' })]],
    },
    true,
    'a pattern of aliases',
  ],
  [
    'UpdateAlias on the alias by a pattern of others',
    {
      action: 'kms:UpdateAlias',
      resource: alias,
      identity: [[allow({ Action: 'kms:UpdateAlias', Resource: 'arn:aws:kms:*:*:alias/b*' })]],
    },
    false,
    'a pattern of other aliases',
  ],
  [
    'UpdateAlias on the key',
    { action: 'kms:UpdateAlias', identity: [[allow({ Action: 'kms:UpdateAlias', Resource: alias })]] },
    false,
    'the key is asked for too',
  ],
  [
    'UpdateAlias on the key, allowed',
    { action: 'kms:UpdateAlias', identity: [[allow({ Action: 'kms:UpdateAlias' })]] },
    true,
    'the key is asked for too',
  ],
  [
    'GenerateRandom',
    { action: 'kms:GenerateRandom', resource: '*', identity: [[allow({ Action: 'kms:GenerateRandom' })]] },
    true,
    'has no resource',
  ],
  ['GenerateRandom without a policy', { action: 'kms:GenerateRandom', resource: '*' }, false, 'what nobody allows is denied'],
  ['CreateKey by root', { caller: 'root', action: 'kms:CreateKey', resource: '*' }, true, 'root is allowed all in its account'],
  [
    'CreateKey by root, denied',
    { caller: 'root', action: 'kms:CreateKey', resource: '*', identity: [[deny({ Action: 'kms:*' })]] },
    false,
    'explicit Deny',
  ],
  [
    'CreateKey with the required tag',
    {
      action: 'kms:CreateKey',
      resource: '*',
      attributes: { 'aws:RequestTag/team': 'blue', 'aws:TagKeys': ['team'] },
      identity: [[allow({ Action: 'kms:CreateKey', Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } } })]],
    },
    true,
    'a condition on the request',
  ],
  [
    'CreateKey without the required tag',
    {
      action: 'kms:CreateKey',
      resource: '*',
      identity: [[allow({ Action: 'kms:CreateKey', Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } } })]],
    },
    false,
    'a condition on the request',
  ],
  [
    'ExplainDecision',
    { action: 'latchkey:ExplainDecision', resource: '*', identity: [[allow({ Action: 'latchkey:Explain*' })]] },
    true,
    'ours: its own prefix',
  ],
]);
