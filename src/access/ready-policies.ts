import type { ActionName } from './actions.ts';
import { parsePolicy } from './parse-policy.ts';
import type { PolicyDocument } from './policy-document.ts';
import type { ReadyPolicyName } from './ready-policy-name.ts';

/** A policy that comes with the service, to be attached to principals and groups. */
export interface ReadyPolicy {
  readonly name: ReadyPolicyName;
  readonly description: string;
  /** The JSON. */
  readonly text: string;
  readonly document: PolicyDocument;
}

export function readyPolicy(name: ReadyPolicyName): ReadyPolicy {
  return policies[name];
}

interface Content {
  readonly description: string;
  readonly actions: readonly (ActionName | 'kms:*' | 'latchkey:*')[];
}

function madeReady(name: ReadyPolicyName): ReadyPolicy {
  const { description, actions }: Content = contents[name];
  const statement = { Sid: name, Effect: 'Allow', Action: actions, Resource: '*' };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, 2);
  // They name no resource by its ARN, so that they say the same in every account.
  const parsed = parsePolicy(text, { kind: 'identity', scope: { partition: '', region: '', account: '' } });
  if (parsed.problems !== undefined) throw new Error(`The ready policy ${name} is malformed.`);
  return { name, description, text, document: parsed.document };
}

/** What every client may ask: about the server, and which key a name or a ciphertext stands for. */
const lookUp = ['kms:DescribeCiphertext', 'kms:DescribeKey', 'kms:ListAliases', 'latchkey:GetServerInfo'] as const;

/** Actions are named one by one, so that a later version does not give more without being asked; administrators have all. */
const contents = {
  administrator: {
    description: 'Everything: keys, their use, principals and policies.',
    actions: ['kms:*', 'latchkey:*'],
  },
  'key-administrator': {
    description: 'Makes and manages keys, aliases, key policies and grants of others. Does not use keys, nor give grants.',
    actions: [
      ...lookUp,
      'kms:CancelKeyDeletion',
      'kms:CreateAlias',
      'kms:CreateKey',
      'kms:DeleteAlias',
      'kms:DeleteImportedKeyMaterial',
      'kms:DisableKey',
      'kms:DisableKeyRotation',
      'kms:EnableKey',
      'kms:EnableKeyRotation',
      'kms:GetKeyLastUsage',
      'kms:GetKeyPolicy',
      'kms:GetKeyRotationStatus',
      'kms:GetParametersForImport',
      'kms:ImportKeyMaterial',
      'kms:ListGrants',
      'kms:ListKeyPolicies',
      'kms:ListKeyRotations',
      'kms:ListKeys',
      'kms:ListResourceTags',
      'kms:PutKeyPolicy',
      'kms:RevokeGrant',
      'kms:RotateKeyOnDemand',
      'kms:ScheduleKeyDeletion',
      'kms:SetDeletionProtection',
      'kms:SetKeyMaterialCompromised',
      'kms:TagResource',
      'kms:UntagResource',
      'kms:UpdateAlias',
      'kms:UpdateKeyDescription',
    ],
  },
  'key-user': {
    description: 'Encrypts, decrypts, re-encrypts and makes data keys.',
    actions: [
      ...lookUp,
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:GenerateRandom',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
  },
  'encrypt-only': {
    description: 'Encrypts, and makes data keys to encrypt with; what is encrypted it cannot read back.',
    actions: [...lookUp, 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo'],
  },
  'decrypt-only': {
    description: 'Decrypts, and nothing else.',
    actions: [...lookUp, 'kms:Decrypt'],
  },
  auditor: {
    description:
      'Sees everything that is not secret: keys, policies, grants, principals and why a call is allowed. Changes and uses nothing.',
    actions: [
      ...lookUp,
      'kms:GetKeyLastUsage',
      'kms:GetKeyPolicy',
      'kms:GetKeyRotationStatus',
      'kms:ListGrants',
      'kms:ListKeyPolicies',
      'kms:ListKeyRotations',
      'kms:ListKeys',
      'kms:ListResourceTags',
      'kms:ListRetirableGrants',
      'latchkey:DescribeGroup',
      'latchkey:DescribePrincipal',
      'latchkey:ExplainDecision',
      'latchkey:GetGroupPolicy',
      'latchkey:GetPrincipalPolicy',
      'latchkey:ListAccessTokens',
      'latchkey:ListGroups',
      'latchkey:ListPrincipals',
      'latchkey:ListReadyPolicies',
    ],
  },
} as const satisfies Record<ReadyPolicyName, Content>;

/** Parsed once, when the module is loaded. */
const policies = {
  administrator: madeReady('administrator'),
  'key-administrator': madeReady('key-administrator'),
  'key-user': madeReady('key-user'),
  'encrypt-only': madeReady('encrypt-only'),
  'decrypt-only': madeReady('decrypt-only'),
  auditor: madeReady('auditor'),
} as const satisfies Record<ReadyPolicyName, ReadyPolicy>;

/** In the order of their names. */
export const readyPolicies: readonly ReadyPolicy[] = Object.values(policies).toSorted((a, b) => (a.name < b.name ? -1 : 1));
