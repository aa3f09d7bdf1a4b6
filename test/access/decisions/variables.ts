import { type Row, alice, allow, bob, conditionRows, deny, key, rows, wholeAccount } from './row.ts';

const tenant = 'kms:EncryptionContext:tenant';
const trusting = [allow({ Principal: wholeAccount, Action: 'kms:*' })];
const aliasesOf = 'arn:aws:kms:us-east-1:000000000000:alias/';

/** Policy variables: what they stand for, and that it never does more than be itself. */
export const variableDecisions: readonly Row[] = [
  ...conditionRows([
    [{ StringEquals: { [tenant]: '${aws:username}' } }, { [tenant]: 'alice' }, true, 'aws:username is the name of who has tokens'],
    [{ StringEquals: { [tenant]: '${aws:username}' } }, { [tenant]: 'bob' }, false, 'another name'],
    [{ StringEquals: { [tenant]: '${AWS:UserName}' } }, { [tenant]: 'alice' }, true, 'the case of a variable does not count'],
    [{ StringEquals: { [tenant]: '${aws:PrincipalTag/team}' } }, { [tenant]: 'blue' }, true, 'a tag of the caller'],
    [{ StringEquals: { [tenant]: '${aws:PrincipalTag/Team}' } }, { [tenant]: 'blue' }, false, 'ours: the case of a tag key counts'],
    [{ StringEquals: { [tenant]: 'team-${aws:PrincipalTag/team}-1' } }, { [tenant]: 'team-blue-1' }, true, 'within a text'],
    [{ StringEquals: { [tenant]: '${aws:PrincipalTag/team}${aws:username}' } }, { [tenant]: 'bluealice' }, true, 'two of them'],
    [
      { StringEquals: { [tenant]: '${aws:userid}' } },
      { [tenant]: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa' },
      true,
      'the principal id',
    ],
    [{ StringEquals: { [tenant]: '${aws:PrincipalArn}' } }, { [tenant]: alice }, true, 'the caller’s ARN'],
    [{ StringEquals: { [tenant]: '${aws:PrincipalAccount}' } }, { [tenant]: '000000000000' }, true, 'the account'],
    [{ StringEquals: { [tenant]: '${aws:PrincipalType}' } }, { [tenant]: 'User' }, true, 'the caller is a user'],
    [
      { StringEquals: { [tenant]: '${kms:EncryptionContext:owner}' } },
      { [tenant]: 'x', 'kms:EncryptionContext:owner': 'x' },
      true,
      'one value of the context compared with another',
    ],
    [{ StringEquals: { [tenant]: '${kms:EncryptionContext:owner}' } }, { [tenant]: 'x' }, false, 'without a value nothing matches'],
    [{ StringEquals: { [tenant]: '${kms:EncryptionContext:owner}' } }, { [tenant]: '' }, false, 'not even the empty text'],
    [{ StringNotEquals: { [tenant]: '${kms:EncryptionContext:owner}' } }, { [tenant]: 'x' }, true, 'negated: nothing matches'],
    [
      { StringEquals: { [tenant]: ['${kms:EncryptionContext:owner}', 'x'] } },
      { [tenant]: 'x' },
      true,
      'the other value still matches',
    ],
    [{ StringEquals: { [tenant]: '${aws:PrincipalTag/empty}' } }, { [tenant]: '' }, true, 'an empty tag is a value'],
    [{ StringEquals: { [tenant]: "${aws:PrincipalTag/none, 'green'}" } }, { [tenant]: 'green' }, true, 'a default'],
    [
      { StringEquals: { [tenant]: "${aws:PrincipalTag/team, 'green'}" } },
      { [tenant]: 'green' },
      false,
      'no default where there is a value',
    ],
    [
      { StringEquals: { [tenant]: "${aws:PrincipalTag/empty, 'green'}" } },
      { [tenant]: 'green' },
      false,
      'an empty value is no missing one',
    ],
  ]),
  ...conditionRows([
    [{ StringLike: { [tenant]: '${aws:username}/*' } }, { [tenant]: 'alice/1' }, true, 'a pattern behind a variable'],
    [{ StringLike: { [tenant]: '${aws:username}/*' } }, { [tenant]: 'bob/1' }, false, 'a pattern behind a variable'],
    [{ StringLike: { [tenant]: '${aws:PrincipalTag/stars}' } }, { [tenant]: 'anything' }, false, 'a star in a tag is a star'],
    [{ StringLike: { [tenant]: '${aws:PrincipalTag/stars}' } }, { [tenant]: '*' }, true, 'a star in a tag is a star'],
    [
      { StringLike: { [tenant]: "${aws:PrincipalTag/none, '*'}" } },
      { [tenant]: 'anything' },
      false,
      'ours: a star in a default is a star',
    ],
    [{ StringLike: { [tenant]: 'a${*}' } }, { [tenant]: 'ab' }, false, '${*} is a star'],
    [{ StringLike: { [tenant]: 'a${*}' } }, { [tenant]: 'a*' }, true, '${*} is a star'],
    [{ StringLike: { [tenant]: 'a${?}*' } }, { [tenant]: 'a?b' }, true, '${?} is a question mark'],
    [{ StringLike: { [tenant]: 'a${?}*' } }, { [tenant]: 'abb' }, false, '${?} is a question mark'],
    [{ StringEquals: { [tenant]: '${$}{aws:username}' } }, { [tenant]: '${aws:username}' }, true, '${$} is a dollar'],
    [{ StringEquals: { [tenant]: 'a$b' } }, { [tenant]: 'a$b' }, true, 'a dollar alone is one'],
    [{ StringEqualsIgnoreCase: { [tenant]: '${aws:username}' } }, { [tenant]: 'ALICE' }, true, 'a variable, without case'],
    [{ StringNotLike: { [tenant]: '${aws:username}*' } }, { [tenant]: 'alice2' }, false, 'negated'],
    [
      { ArnEquals: { 'kms:GranteePrincipal': 'arn:aws:iam::000000000000:user/token/${aws:username}' } },
      { 'kms:GranteePrincipal': alice },
      true,
      'in an ARN',
    ],
    [
      { ArnEquals: { 'kms:GranteePrincipal': 'arn:aws:iam::000000000000:user/token/${aws:username}' } },
      { 'kms:GranteePrincipal': bob },
      false,
      'in an ARN',
    ],
    [
      { ArnLike: { 'kms:GranteePrincipal': 'arn:aws:iam::000000000000:user/token/${aws:PrincipalTag/stars}' } },
      { 'kms:GranteePrincipal': alice },
      false,
      'a star in a tag is a star, in an ARN too',
    ],
  ]),
  ...conditionRows(
    [
      [{ StringEquals: { [tenant]: '${aws:username}' } }, { [tenant]: 'alice' }, false, 'version 2008-10-17 has no variables'],
      [
        { StringEquals: { [tenant]: '${aws:username}' } },
        { [tenant]: '${aws:username}' },
        true,
        'version 2008-10-17: the text itself',
      ],
      [{ StringLike: { [tenant]: '${*}' } }, { [tenant]: '${anything}' }, true, 'version 2008-10-17: the star in it is a wildcard'],
    ],
    { version: '2008-10-17' },
  ),
  ...rows([
    [
      'root has no aws:username',
      { caller: 'root', keyPolicy: [allow({ Principal: '*', Condition: { Null: { 'aws:username': 'true' } } })] },
      true,
      'AWS’s table of what principals have',
    ],
    [
      'root’s aws:userid is the account',
      { caller: 'root', keyPolicy: [allow({ Principal: '*', Condition: { StringEquals: { 'aws:userid': '000000000000' } } })] },
      true,
      'AWS’s table of what principals have',
    ],
    [
      'root is of type Account',
      { caller: 'root', keyPolicy: [allow({ Principal: '*', Condition: { StringEquals: { 'aws:PrincipalType': 'Account' } } })] },
      true,
      'AWS’s table of what principals have',
    ],
    [
      'a certificate’s name',
      {
        caller: 'bob',
        attributes: { [tenant]: 'cert/dns.bob' },
        keyPolicy: [allow({ Principal: { AWS: bob }, Condition: { StringEquals: { [tenant]: '${aws:username}' } } })],
      },
      true,
      'what is behind user/ in user/cert/dns.bob',
    ],
    [
      'a certificate’s name, of who has tokens',
      {
        caller: 'bob',
        attributes: { [tenant]: 'dns.bob' },
        keyPolicy: [allow({ Principal: { AWS: bob }, Condition: { StringEquals: { [tenant]: '${aws:username}' } } })],
      },
      false,
      'AWS: the friendly name is unique in the account',
    ],
    [
      'a variable in Resource',
      {
        action: 'kms:DeleteAlias',
        resource: `${aliasesOf}alice/1`,
        identity: [[allow({ Action: 'kms:DeleteAlias', Resource: `${aliasesOf}\${aws:username}/*` })]],
      },
      true,
      'variables stand in Resource too',
    ],
    [
      'a variable in Resource, of another',
      {
        action: 'kms:DeleteAlias',
        resource: `${aliasesOf}bob/1`,
        identity: [[allow({ Action: 'kms:DeleteAlias', Resource: `${aliasesOf}\${aws:username}/*` })]],
      },
      false,
      'variables stand in Resource too',
    ],
    [
      'a star in a tag in Resource',
      {
        action: 'kms:DeleteAlias',
        resource: `${aliasesOf}bob`,
        identity: [[allow({ Action: 'kms:DeleteAlias', Resource: `${aliasesOf}\${aws:PrincipalTag/stars}` })]],
      },
      false,
      'a name with a star opens nothing',
    ],
    [
      'a variable without a value in Resource',
      {
        action: 'kms:DeleteAlias',
        resource: `${aliasesOf}x`,
        identity: [[allow({ Action: 'kms:DeleteAlias', Resource: `${aliasesOf}\${aws:PrincipalTag/none}*` })]],
      },
      false,
      'nothing matches it',
    ],
    [
      'a variable without a value in the NotResource of a Deny',
      { keyPolicy: trusting, identity: [[allow(), deny({ NotResource: `${aliasesOf}\${aws:PrincipalTag/none}` })]] },
      false,
      'nothing is exempt',
    ],
    [
      'a variable with a default in Resource',
      {
        action: 'kms:DeleteAlias',
        resource: `${aliasesOf}shared`,
        identity: [[allow({ Action: 'kms:DeleteAlias', Resource: `${aliasesOf}\${aws:PrincipalTag/none, 'shared'}` })]],
      },
      true,
      'the default',
    ],
    [
      'a variable in Resource, version 2008-10-17',
      { version: '2008-10-17', keyPolicy: trusting, identity: [[allow({ Resource: key.replace('11111111', '${aws:username}') })]] },
      false,
      'no variables in that version',
    ],
    [
      'the caller’s tag in a Deny',
      {
        attributes: { [tenant]: 'blue' },
        keyPolicy: [allow(), deny({ Condition: { StringNotEquals: { [tenant]: '${aws:PrincipalTag/team}' } } })],
      },
      true,
      'a team’s own tenant is not denied',
    ],
    [
      'the caller’s tag in a Deny, of another',
      {
        attributes: { [tenant]: 'red' },
        keyPolicy: [allow(), deny({ Condition: { StringNotEquals: { [tenant]: '${aws:PrincipalTag/team}' } } })],
      },
      false,
      'another team’s tenant is denied',
    ],
    [
      'the tag that the caller lacks in a Deny',
      {
        caller: 'bob',
        attributes: { [tenant]: 'blue' },
        keyPolicy: [
          allow({ Principal: '*' }),
          deny({ Principal: '*', Condition: { StringNotEquals: { [tenant]: '${aws:PrincipalTag/team}' } } }),
        ],
      },
      false,
      'without a tag nothing equals it',
    ],
  ]),
];
