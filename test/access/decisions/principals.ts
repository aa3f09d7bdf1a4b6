import { type Row, account, alice, allow, bob, carol, deny, rootArn, rows, wholeAccount } from './row.ts';

const mayEncrypt = [[allow()]];

export const principalDecisions: readonly Row[] = rows([
  [
    'the caller by ARN',
    { keyPolicy: [allow({ Principal: { AWS: alice } })] },
    true,
    'a principal named in the key policy needs nothing else',
  ],
  ['another by ARN', { keyPolicy: [allow({ Principal: { AWS: bob } })] }, false, 'Bob is named, Alice asks'],
  ['one of several', { keyPolicy: [allow({ Principal: { AWS: [bob, alice] } })] }, true, 'any of a list'],
  ['"*"', { keyPolicy: [allow({ Principal: '*' })] }, true, 'every authenticated principal'],
  ['{"AWS": "*"}', { keyPolicy: [allow({ Principal: { AWS: '*' } })] }, true, 'the same'],
  ['{"AWS": ["*"]}', { keyPolicy: [allow({ Principal: { AWS: ['*'] } })] }, true, 'the same'],
  ['"*" and root', { caller: 'root', keyPolicy: [allow({ Principal: '*' })] }, true, 'root is a principal too'],
  [
    '"*" with a condition on the caller',
    { keyPolicy: [allow({ Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': alice } } })] },
    true,
    'as good as naming Alice, but by name',
  ],
  [
    '"*" with a condition on another',
    { caller: 'bob', keyPolicy: [allow({ Principal: '*', Condition: { ArnEquals: { 'aws:PrincipalArn': alice } } })] },
    false,
    'Bob is not Alice',
  ],
  [
    'the account by ARN, without identity policy',
    { keyPolicy: [allow({ Principal: { AWS: rootArn } })] },
    false,
    'naming the account only lets identity policies decide',
  ],
  [
    'the account by ARN, with identity policy',
    { keyPolicy: [allow({ Principal: { AWS: rootArn } })], identity: mayEncrypt },
    true,
    'and one of them does',
  ],
  [
    'the account by id, without identity policy',
    { keyPolicy: [allow({ Principal: { AWS: account } })] },
    false,
    'the same by its id',
  ],
  [
    'the account by id, with identity policy',
    { keyPolicy: [allow({ Principal: { AWS: account } })], identity: mayEncrypt },
    true,
    'the same by its id',
  ],
  [
    'the account by ARN, and root asks',
    { caller: 'root', keyPolicy: [allow({ Principal: { AWS: rootArn } })] },
    true,
    'root is the account and needs no identity policy',
  ],
  [
    'the account by id, and root asks',
    { caller: 'root', keyPolicy: [allow({ Principal: { AWS: account } })] },
    true,
    'the same by its id',
  ],
  [
    'a key policy that names only Alice, and root asks',
    { caller: 'root', keyPolicy: [allow({ Principal: { AWS: alice } })] },
    false,
    'AWS: root has no access that the key policy does not give',
  ],
  [
    'the account and Alice in one list',
    { keyPolicy: [allow({ Principal: { AWS: [rootArn, alice] } })] },
    true,
    'Alice is named, no identity policy needed',
  ],
  [
    'the account and Alice in one list, Bob asks',
    { caller: 'bob', keyPolicy: [allow({ Principal: { AWS: [rootArn, alice] } })] },
    false,
    'Bob has only the account’s trust',
  ],
  [
    'Alice named for another action',
    { keyPolicy: [allow({ Action: 'kms:Decrypt', Principal: { AWS: alice } })], identity: mayEncrypt },
    false,
    'no trust for the account, so the identity policy is no use',
  ],
  [
    'an identity policy without trust for the account',
    { keyPolicy: [allow({ Principal: { AWS: bob } })], identity: [[allow({ Action: '*' })]] },
    false,
    'AWS KMS: identity policies need the key policy’s leave',
  ],
  [
    'trust for another action',
    { keyPolicy: [allow({ Action: 'kms:Decrypt', Principal: wholeAccount })], identity: mayEncrypt },
    false,
    'trust is for the actions that it names',
  ],
  [
    'trust with a condition that fails',
    { keyPolicy: [allow({ Principal: wholeAccount, Condition: { StringEquals: { 'kms:KeySpec': 'X' } } })], identity: mayEncrypt },
    false,
    'a statement applies as a whole',
  ],
  [
    'trust with a condition that holds',
    {
      attributes: { 'kms:KeySpec': 'X' },
      keyPolicy: [allow({ Principal: wholeAccount, Condition: { StringEquals: { 'kms:KeySpec': 'X' } } })],
      identity: mayEncrypt,
    },
    true,
    'a statement applies as a whole',
  ],
  ['a Deny of the caller', { keyPolicy: [allow(), deny({ Principal: { AWS: alice } })] }, false, 'explicit Deny'],
  ['a Deny of another', { keyPolicy: [allow(), deny({ Principal: { AWS: bob } })] }, true, 'Bob is denied, Alice asks'],
  ['a Deny of everybody', { keyPolicy: [allow(), deny({ Principal: '*' })] }, false, 'explicit Deny'],
  [
    'a Deny of the account',
    { keyPolicy: [allow(), deny({ Principal: wholeAccount })] },
    false,
    'a Deny of the account denies all its principals',
  ],
  ['a Deny of the account by id', { keyPolicy: [allow(), deny({ Principal: { AWS: account } })] }, false, 'the same by its id'],
  [
    'a Deny of the account, root asks',
    { caller: 'root', keyPolicy: [allow({ Principal: '*' }), deny({ Principal: wholeAccount })] },
    false,
    'root too',
  ],
  [
    'a Deny of everybody but root by condition',
    {
      keyPolicy: [
        allow({ Principal: '*' }),
        deny({ Principal: '*', Condition: { ArnNotEquals: { 'aws:PrincipalArn': rootArn } } }),
      ],
    },
    false,
    'Alice is not root',
  ],
  [
    'a Deny of everybody but root by condition, root asks',
    {
      caller: 'root',
      keyPolicy: [
        allow({ Principal: '*' }),
        deny({ Principal: '*', Condition: { ArnNotEquals: { 'aws:PrincipalArn': rootArn } } }),
      ],
    },
    true,
    'root is exempt',
  ],
]);

export const notPrincipalDecisions: readonly Row[] = rows([
  [
    'a Deny with NotPrincipal of the caller',
    { keyPolicy: [allow(), deny({ NotPrincipal: { AWS: alice } })] },
    true,
    'the listed are exempt',
  ],
  [
    'a Deny with NotPrincipal of another',
    { keyPolicy: [allow(), deny({ NotPrincipal: { AWS: bob } })] },
    false,
    'all others are denied',
  ],
  [
    'a Deny with NotPrincipal of several',
    { keyPolicy: [allow(), deny({ NotPrincipal: { AWS: [bob, alice] } })] },
    true,
    'the listed are exempt',
  ],
  [
    'a Deny with NotPrincipal of several, a third asks',
    { caller: 'carol', keyPolicy: [allow({ Principal: { AWS: carol } }), deny({ NotPrincipal: { AWS: [bob, alice] } })] },
    false,
    'all others are denied',
  ],
  [
    'a Deny with NotPrincipal of the account',
    { keyPolicy: [allow(), deny({ NotPrincipal: wholeAccount })] },
    false,
    'AWS: to exempt a user, list the account and the user',
  ],
  [
    'a Deny with NotPrincipal of the account, root asks',
    { caller: 'root', keyPolicy: [allow({ Principal: '*' }), deny({ NotPrincipal: wholeAccount })] },
    true,
    'listing the account exempts root',
  ],
  [
    'a Deny with NotPrincipal of account and caller',
    { keyPolicy: [allow(), deny({ NotPrincipal: { AWS: [account, alice] } })] },
    true,
    'as AWS asks for it',
  ],
  [
    'a Deny with NotPrincipal of Alice, root asks',
    { caller: 'root', keyPolicy: [allow({ Principal: '*' }), deny({ NotPrincipal: { AWS: alice } })] },
    false,
    'root is not listed',
  ],
  [
    'a Deny with NotPrincipal for another action',
    { keyPolicy: [allow(), deny({ Action: 'kms:Decrypt', NotPrincipal: { AWS: bob } })] },
    true,
    'about another action',
  ],
  [
    'an Allow with NotPrincipal of another',
    { keyPolicy: [allow({ NotPrincipal: { AWS: bob } })] },
    true,
    'everybody but the listed is allowed',
  ],
  [
    'an Allow with NotPrincipal of the caller',
    { keyPolicy: [allow({ NotPrincipal: { AWS: alice } })] },
    false,
    'the listed are not',
  ],
  [
    'an Allow with NotPrincipal of the caller, with an identity policy',
    { keyPolicy: [allow({ NotPrincipal: { AWS: alice } })], identity: mayEncrypt },
    false,
    'it gives the account no trust',
  ],
  [
    'an Allow with NotPrincipal of the account',
    { keyPolicy: [allow({ NotPrincipal: wholeAccount })] },
    false,
    'the account is everybody here',
  ],
  [
    'an Allow with NotPrincipal of the account, root asks',
    { caller: 'root', keyPolicy: [allow({ NotPrincipal: wholeAccount })] },
    false,
    'the account is root too',
  ],
  [
    'an Allow with NotPrincipal of Bob, root asks',
    { caller: 'root', keyPolicy: [allow({ NotPrincipal: { AWS: bob } })] },
    true,
    'everybody but the listed',
  ],
  [
    'NotPrincipal with NotAction',
    { keyPolicy: [allow({ Action: 'kms:*' }), deny({ NotPrincipal: { AWS: bob }, NotAction: 'kms:Decrypt' })] },
    false,
    'both negated: Alice and Encrypt are meant',
  ],
  [
    'NotPrincipal with NotAction, what is exempt',
    {
      action: 'kms:Decrypt',
      keyPolicy: [allow({ Action: 'kms:*' }), deny({ NotPrincipal: { AWS: bob }, NotAction: 'kms:Decrypt' })],
    },
    true,
    'Decrypt is exempt',
  ],
]);
