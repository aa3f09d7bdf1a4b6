import { asciiLowerCase } from './ascii-case.ts';
import { wildcard } from './wildcard.ts';

/** What a policy may allow or deny. */
export type ActionName = keyof typeof actions;

/**
 * What an action is authorised on. An action on the account has no resource that a policy could name but `*`. A new key is one that is
 * being made: it has no id yet that a policy could name.
 */
export type ResourceKind = 'key' | 'new-key' | 'alias' | 'account';

interface ActionRow {
  /** On all of them. */
  readonly on: readonly ResourceKind[];
}

/**
 * Where a pattern of `Action` has an effect: on keys and perhaps elsewhere, only elsewhere, only on what AWS KMS can do and this service
 * cannot, or nowhere, since it is no pattern or fits no action. Patterns are `*`, and `kms:` or `latchkey:` with a name.
 */
export function reachOf(pattern: string): 'key' | 'elsewhere' | 'absent' | 'nowhere' {
  if (!actionPattern.test(pattern)) return 'nowhere';
  const fits = wildcard(asciiLowerCase(pattern));
  if (rows.some(({ lower, isOnKey }) => isOnKey && fits(lower))) return 'key';
  if (rows.some(({ lower }) => fits(lower))) return 'elsewhere';
  return absentInLowerCase.some(fits) ? 'absent' : 'nowhere';
}

/** The actions that a pattern of a document stands for. The case does not count. */
export function actionsMatching(pattern: string): readonly ActionName[] {
  const fits = wildcard(asciiLowerCase(pattern));
  return rows.filter(({ lower }) => fits(lower)).map(({ name }) => name);
}

/** Some of the actions, in a bit for each. */
export class ActionSet {
  readonly #bits: bigint;

  /** Those that one of the patterns stands for; `negated`: all others. */
  constructor(patterns: readonly string[], negated: boolean) {
    const listed = new Set(patterns.flatMap(actionsMatching));
    this.#bits = rows.reduce((bits, { name, bit }) => (listed.has(name) === negated ? bits : bits | bit), 0n);
  }

  has(action: ActionName): boolean {
    return (this.#bits & (bitOf.get(action) ?? 0n)) !== 0n;
  }
}

/** The action of this name, whose case does not count; `undefined` when there is none. */
export function actionNamed(text: string): ActionName | undefined {
  const lower = asciiLowerCase(text);
  return rows.find((row) => row.lower === lower)?.name;
}

const onKey = { on: ['key'] } as const;
const onKeyAndNewKey = { on: ['key', 'new-key'] } as const;
const onAliasAndKey = { on: ['alias', 'key'] } as const;
const onAccount = { on: ['account'] } as const;

export const actions = {
  'kms:BypassPolicyLockoutSafetyCheck': onKeyAndNewKey,
  'kms:CancelKeyDeletion': onKey,
  'kms:CreateAlias': onAliasAndKey,
  'kms:CreateGrant': onKey,
  'kms:CreateKey': onAccount,
  'kms:Decrypt': onKey,
  'kms:DeleteAlias': onAliasAndKey,
  'kms:DeleteImportedKeyMaterial': onKey,
  'kms:DescribeCiphertext': onKey,
  'kms:DescribeKey': onKey,
  'kms:DisableKey': onKey,
  'kms:DisableKeyRotation': onKey,
  'kms:EnableKey': onKey,
  'kms:EnableKeyRotation': onKeyAndNewKey,
  'kms:Encrypt': onKey,
  'kms:GenerateDataKey': onKey,
  'kms:GenerateDataKeyWithoutPlaintext': onKey,
  'kms:GenerateRandom': onAccount,
  'kms:GetKeyLastUsage': onKey,
  'kms:GetKeyPolicy': onKey,
  'kms:GetKeyRotationStatus': onKey,
  'kms:GetParametersForImport': onKey,
  'kms:ImportKeyMaterial': onKey,
  'kms:ListAliases': onAccount,
  'kms:ListGrants': onKey,
  'kms:ListKeyPolicies': onKey,
  'kms:ListKeyRotations': onKey,
  'kms:ListKeys': onAccount,
  'kms:ListResourceTags': onKey,
  'kms:ListRetirableGrants': onAccount,
  'kms:PutKeyPolicy': onKey,
  'kms:ReEncryptFrom': onKey,
  'kms:ReEncryptTo': onKey,
  'kms:RetireGrant': onKey,
  'kms:RevokeGrant': onKey,
  'kms:RotateKeyOnDemand': onKey,
  'kms:ScheduleKeyDeletion': onKey,
  'kms:SetDeletionProtection': onKeyAndNewKey,
  'kms:SetKeyMaterialCompromised': onKey,
  'kms:TagResource': onKeyAndNewKey,
  'kms:UntagResource': onKey,
  'kms:UpdateAlias': onAliasAndKey,
  'kms:UpdateKeyDescription': onKey,
  'latchkey:AddPrincipalToGroup': onAccount,
  'latchkey:AttachGroupPolicy': onAccount,
  'latchkey:AttachPrincipalPolicy': onAccount,
  'latchkey:CreateAccessToken': onAccount,
  'latchkey:CreateGroup': onAccount,
  'latchkey:CreatePrincipal': onAccount,
  'latchkey:DeleteGroup': onAccount,
  'latchkey:DeleteGroupPolicy': onAccount,
  'latchkey:DeletePrincipal': onAccount,
  'latchkey:DeletePrincipalPolicy': onAccount,
  'latchkey:DescribeGroup': onAccount,
  'latchkey:DescribePrincipal': onAccount,
  'latchkey:DetachGroupPolicy': onAccount,
  'latchkey:DetachPrincipalPolicy': onAccount,
  'latchkey:DisablePrincipal': onAccount,
  'latchkey:EnablePrincipal': onAccount,
  'latchkey:ExplainDecision': onAccount,
  'latchkey:GetGroupPolicy': onAccount,
  'latchkey:GetPrincipalPolicy': onAccount,
  'latchkey:GetServerInfo': onAccount,
  'latchkey:ListAccessTokens': onAccount,
  'latchkey:ListGroups': onAccount,
  'latchkey:ListPrincipals': onAccount,
  'latchkey:ListReadyPolicies': onAccount,
  'latchkey:PutGroupPolicy': onAccount,
  'latchkey:PutPrincipalPolicy': onAccount,
  'latchkey:RemovePrincipalFromGroup': onAccount,
  'latchkey:RevokeAccessToken': onAccount,
  'latchkey:TagPrincipal': onAccount,
  'latchkey:UntagPrincipal': onAccount,
} as const satisfies Record<string, ActionRow>;

/** Of AWS KMS: what this service has no calls for. Documents that come from there may name them. */
const absentActions = [
  'kms:ConnectCustomKeyStore',
  'kms:CreateCustomKeyStore',
  'kms:DeleteCustomKeyStore',
  'kms:DeriveSharedSecret',
  'kms:DescribeCustomKeyStores',
  'kms:DisconnectCustomKeyStore',
  'kms:GenerateDataKeyPair',
  'kms:GenerateDataKeyPairWithoutPlaintext',
  'kms:GenerateMac',
  'kms:GetPublicKey',
  'kms:ReplicateKey',
  'kms:Sign',
  'kms:SynchronizeMultiRegionKey',
  'kms:UpdateCustomKeyStore',
  'kms:UpdatePrimaryRegion',
  'kms:Verify',
  'kms:VerifyMac',
] as const;

const rows = Object.entries(actions).map(([name, { on }]: [string, ActionRow], index) => ({
  name: name as ActionName,
  lower: asciiLowerCase(name),
  isOnKey: on.includes('key'),
  bit: 1n << BigInt(index),
}));
const bitOf = new Map(rows.map(({ name, bit }) => [name, bit]));
const absentInLowerCase = absentActions.map(asciiLowerCase);
const actionPattern = /^(?:\*|(?:kms|latchkey):[a-z*?]+)$/i;
