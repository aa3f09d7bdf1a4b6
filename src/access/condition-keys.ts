import { asciiLowerCase } from './ascii-case.ts';

/** A condition key, in the spelling of the tables below. */
export type ConditionKey =
  | KnownConditionKey
  /** One of AWS that no request to this service ever has: evaluated as missing. */
  | { readonly kind: 'never-present'; readonly name: string };

export interface KnownConditionKey {
  readonly kind: 'known';
  readonly name: ConditionKeyName;
  /** Of a name that stands for a family: what is behind the separator, exactly as written. `tenant` of `kms:EncryptionContext:tenant`. */
  readonly parameter: string | undefined;
}

export type ConditionKeyName = keyof typeof conditionKeys;

export type ConditionKeyType = 'string' | 'arn' | 'numeric' | 'date' | 'bool' | 'ip';

export interface ConditionKeyRow {
  /** More than one where a key may be compared in more than one way. */
  readonly types: readonly ConditionKeyType[];
  /** A request may have several values of it. */
  readonly multi?: true;
  /** It stands for a family; what is between its name and the parameter. */
  readonly separator?: ':' | '/';
}

/**
 * `undefined` when there is no such key. The case of a name does not count; that of a parameter does, unlike in AWS KMS: tags and the
 * pairs of an encryption context are told apart by their bytes, and two that differ in case are two.
 */
export function parseConditionKey(text: string): ConditionKey | undefined {
  const lower = asciiLowerCase(text);
  const name = names.get(lower);
  if (name !== undefined) return { kind: 'known', name, parameter: undefined };
  const family = families.find(({ prefix }) => lower.startsWith(prefix) && lower.length > prefix.length);
  if (family !== undefined) return { kind: 'known', name: family.name, parameter: text.slice(family.prefix.length) };
  if (lower.startsWith(attestationPrefix) && lower.length > attestationPrefix.length) return { kind: 'never-present', name: text };
  const neverPresent = neverPresentNames.get(lower);
  return neverPresent === undefined ? undefined : { kind: 'never-present', name: neverPresent };
}

/** As documents name it. */
export function conditionKeyText(key: ConditionKey): string {
  if (key.kind === 'never-present') return key.name;
  const { separator }: ConditionKeyRow = conditionKeys[key.name];
  return `${key.name}${separator ?? ''}${key.parameter ?? ''}`;
}

/** Every request has at most one value of it. */
export function isSingleValued(key: KnownConditionKey): boolean {
  const { multi }: ConditionKeyRow = conditionKeys[key.name];
  return multi !== true;
}

/** Whether a condition may compare the key as one of these types. What is never present has any type. */
export function hasType(key: ConditionKey, types: readonly ConditionKeyType[]): boolean {
  return key.kind === 'never-present' || conditionKeys[key.name].types.some((type: ConditionKeyType) => types.includes(type));
}

export const conditionKeys = {
  /** Values may be ARNs: AWS's services put the ARN of what they encrypt into the context. */
  'kms:EncryptionContext': { types: ['string', 'arn'], separator: ':' },
  'kms:EncryptionContextKeys': { types: ['string'], multi: true },
  'kms:CallerAccount': { types: ['string'] },
  'kms:KeySpec': { types: ['string'] },
  'kms:KeyUsage': { types: ['string'] },
  'kms:KeyOrigin': { types: ['string'] },
  'kms:EncryptionAlgorithm': { types: ['string'] },
  'kms:RequestAlias': { types: ['string'] },
  'kms:ResourceAliases': { types: ['string'], multi: true },
  'kms:GrantOperations': { types: ['string'], multi: true },
  'kms:GrantConstraintType': { types: ['string'] },
  'kms:GranteePrincipal': { types: ['arn'] },
  'kms:RetiringPrincipal': { types: ['arn'] },
  'kms:GrantIsForAWSResource': { types: ['bool'] },
  'kms:ReEncryptOnSameKey': { types: ['bool'] },
  'kms:RotationPeriodInDays': { types: ['numeric'] },
  'kms:ScheduleKeyDeletionPendingWindowInDays': { types: ['numeric'] },
  'kms:WrappingAlgorithm': { types: ['string'] },
  'kms:WrappingKeySpec': { types: ['string'] },
  'kms:ExpirationModel': { types: ['string'] },
  'kms:ValidTo': { types: ['date'] },
  'kms:BypassPolicyLockoutSafetyCheck': { types: ['bool'] },
  'aws:PrincipalArn': { types: ['arn'] },
  'aws:PrincipalAccount': { types: ['string'] },
  'aws:PrincipalType': { types: ['string'] },
  'aws:PrincipalTag': { types: ['string'], separator: '/' },
  'aws:username': { types: ['string'] },
  'aws:userid': { types: ['string'] },
  'aws:SourceIp': { types: ['ip'] },
  'aws:CurrentTime': { types: ['date'] },
  'aws:EpochTime': { types: ['date', 'numeric'] },
  'aws:SecureTransport': { types: ['bool'] },
  'aws:ResourceTag': { types: ['string'], separator: '/' },
  'aws:RequestTag': { types: ['string'], separator: '/' },
  'aws:TagKeys': { types: ['string'], multi: true },
  'aws:ResourceAccount': { types: ['string'] },
} as const satisfies Record<string, ConditionKeyRow>;

/** Of organisations, networks, sessions, services that call for others, and key types: none of these is here. */
const neverPresentKeys = [
  'aws:AssumedRoot',
  'aws:CalledVia',
  'aws:CalledViaFirst',
  'aws:CalledViaLast',
  'aws:ChatbotSourceArn',
  'aws:Ec2InstanceSourcePrivateIPv4',
  'aws:Ec2InstanceSourceVpc',
  'aws:FederatedProvider',
  'aws:MultiFactorAuthAge',
  'aws:MultiFactorAuthPresent',
  'aws:PrincipalIsAWSService',
  'aws:PrincipalOrgID',
  'aws:PrincipalOrgPaths',
  'aws:PrincipalServiceName',
  'aws:PrincipalServiceNamesList',
  'aws:Referer',
  'aws:RequestedRegion',
  'aws:ResourceOrgID',
  'aws:ResourceOrgPaths',
  'aws:SignInSessionArn',
  'aws:SourceAccount',
  'aws:SourceArn',
  'aws:SourceIdentity',
  'aws:SourceInstanceARN',
  'aws:SourceOrgID',
  'aws:SourceOrgPaths',
  'aws:SourceVpc',
  'aws:SourceVpcArn',
  'aws:SourceVpce',
  'aws:TokenIssueTime',
  'aws:UserAgent',
  'aws:ViaAWSService',
  'aws:VpceAccount',
  'aws:VpceOrgID',
  'aws:VpceOrgPaths',
  'aws:VpcSourceIp',
  'kms:CustomerMasterKeySpec',
  'kms:CustomerMasterKeyUsage',
  'kms:DataKeyPairSpec',
  'kms:KeyAgreementAlgorithm',
  'kms:MacAlgorithm',
  'kms:MessageType',
  'kms:MultiRegion',
  'kms:MultiRegionKeyType',
  'kms:PrimaryRegion',
  'kms:ReplicaRegion',
  'kms:SigningAlgorithm',
  'kms:ViaService',
] as const;
const attestationPrefix = 'kms:recipientattestation:';

const rows: readonly (readonly [ConditionKeyName, ConditionKeyRow])[] = Object.entries(conditionKeys).map(([name, row]) => [
  name as ConditionKeyName,
  row,
]);
const names: ReadonlyMap<string, ConditionKeyName> = new Map(
  rows.filter(([, { separator }]) => separator === undefined).map(([name]) => [asciiLowerCase(name), name]),
);
const families = rows.flatMap(([name, { separator }]) =>
  separator === undefined ? [] : [{ name, prefix: `${asciiLowerCase(name)}${separator}` }],
);
const neverPresentNames: ReadonlyMap<string, string> = new Map(neverPresentKeys.map((name) => [asciiLowerCase(name), name]));
