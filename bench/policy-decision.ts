import type { AccessRequest } from '../src/access/access-request.ts';
import { type AccessSources, authorize } from '../src/access/authorize.ts';
import { compileIdentityPolicy, compileKeyPolicy } from '../src/access/compile-policy.ts';
import { DecisionMemo } from '../src/access/decision-memo.ts';
import { parsePolicy } from '../src/access/parse-policy.ts';
import type { PolicyDocument } from '../src/access/policy-document.ts';
import { parsePrincipalId } from '../src/access/principal.ts';
import { type Effort, type Measured, noReplies } from './measurement.ts';
import { type Figure, type Result, inTurns, lessIsBetter, result } from './result.ts';

/**
 * One decision about Encrypt by ten statements, beside the same rules written out by hand, which read the same attributes; and
 * finding it remembered, beside deciding.
 */
export async function measurePolicyDecision({ rounds, quick }: Effort): Promise<Measured> {
  const sources = compiledSources();
  const requests = tenants.map(requestOf);
  const memo = new DecisionMemo({ maxPrincipals: 1 });
  const subject = { principal: {}, key: {} };
  const each = (decide: (request: AccessRequest) => boolean) => () => microsecondsEach(quick ? 1000 : 1_000_000, requests, decide);
  const compiled = each((request) => authorize(request, sources).allowed);
  const byHand = each(decideByHand);
  const remembered = each((request) => memo.decide(request, sources, subject).allowed);

  const results: Result[] = [];
  for (const { figure, sides } of [
    { figure: decision, sides: { ours: compiled, denominator: byHand } },
    { figure: found, sides: { ours: remembered, denominator: compiled } },
  ]) {
    await inTurns(2, sides);
    results.push(result(figure, await inTurns(rounds, sides)));
  }
  return { results, checks: noReplies };
}

/** Half of the requests are allowed and half denied; throws when they are not. */
function microsecondsEach(count: number, requests: readonly AccessRequest[], decide: (request: AccessRequest) => boolean): number {
  let allowed = 0;
  const before = process.cpuUsage();
  for (let made = 0; made < count; made += requests.length) for (const request of requests) allowed += Number(decide(request));
  const { user, system } = process.cpuUsage(before);
  if (allowed * 2 !== count) throw new Error(`${allowed} of ${count} requests were allowed, not half of them.`);
  return (user + system) / count;
}

function compiledSources(): AccessSources {
  const parsed = (kind: 'key' | 'identity', Statement: readonly object[]): PolicyDocument => {
    const policy = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), { kind, scope });
    if (policy.problems !== undefined) throw new Error(`The policy is refused: ${JSON.stringify(policy.problems)}`);
    return policy.document;
  };
  const source = { kind: 'identity-policy', name: 'application', owner: { kind: 'principal' } } as const;
  return {
    keyPolicy: compileKeyPolicy(parsed('key', keyStatements), new Map([[administrator, principalId]])),
    identityPolicies: [compileIdentityPolicy(parsed('identity', identityStatements), source)],
    grants: [],
    counter: 1,
  };
}

/** Of one tenant or another: as a call of Encrypt says it. */
function requestOf(tenant: string): AccessRequest {
  const context = new Map([
    ['tenant', tenant],
    ['purpose', 'invoices'],
  ]);
  return {
    caller: {
      principalId,
      arn: `arn:aws:iam::${scope.account}:user/cert/app`,
      account: scope.account,
      path: 'user/cert/app',
      tags,
    },
    action: 'kms:Encrypt',
    resource: key,
    attributes: (name, parameter) => {
      if (name === 'kms:EncryptionContext') return context.get(parameter ?? '');
      if (name === 'kms:EncryptionContextKeys') return [...context.keys()];
      if (name === 'aws:ResourceTag') return parameter === 'team' ? 'blue' : undefined;
      if (name === 'aws:SourceIp') return '10.1.2.3';
      return name === 'aws:SecureTransport' ? 'true' : undefined;
    },
    now: Date.UTC(2027, 0, 1),
  };
}

/** What the ten statements below come to for the action at hand. */
function decideByHand({ caller, resource, attributes, now }: AccessRequest): boolean {
  const teamOfCaller = caller.tags?.find(({ key: name }) => name === 'team')?.value;
  if (attributes('aws:SecureTransport', undefined) === 'false') return false;
  const address = attributes('aws:SourceIp', undefined);
  if (typeof address === 'string' && !address.startsWith('10.')) return false;
  if (attributes('kms:EncryptionContext', 'tenant') !== tenants[0]) return false;
  const contextKeys = attributes('kms:EncryptionContextKeys', undefined) ?? [];
  if (typeof contextKeys === 'string' || contextKeys.some((name) => name !== 'tenant' && name !== 'purpose')) return false;
  if (now > endOfProject) return false;
  return (
    resource.startsWith(key.slice(0, -36)) && teamOfCaller !== undefined && attributes('aws:ResourceTag', 'team') === teamOfCaller
  );
}

function idOf(text: string) {
  const id = parsePrincipalId(text);
  if (id === undefined) throw new Error(`${text} is not the id of a principal.`);
  return id;
}

const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' };
const key = `arn:aws:kms:us-east-1:${scope.account}:key/11111111-1111-4111-8111-111111111111`;
const principalId = idOf('aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa');
const administrator = `arn:aws:iam::${scope.account}:user/token/administrator`;
const tags = [
  { key: 'stage', value: 'production' },
  { key: 'team', value: 'blue' },
];
const tenants = ['blue', 'red'];
const endOfProject = Date.UTC(2030, 0, 1);

const use = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];
const keyStatements = [
  { Effect: 'Allow', Principal: { AWS: scope.account }, Action: 'kms:*', Resource: '*' },
  { Effect: 'Allow', Principal: { AWS: administrator }, Action: ['kms:Create*', 'kms:Put*', 'kms:Schedule*'], Resource: '*' },
  { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  {
    Effect: 'Deny',
    Principal: '*',
    Action: use,
    Resource: '*',
    Condition: { NotIpAddressIfExists: { 'aws:SourceIp': '10.0.0.0/8' } },
  },
  {
    Effect: 'Deny',
    Principal: '*',
    Action: use,
    Resource: '*',
    Condition: { StringNotEquals: { 'kms:EncryptionContext:tenant': 'blue' } },
  },
] as const;
const identityStatements = [
  { Effect: 'Allow', Action: ['kms:ListAliases', 'kms:ListKeys'], Resource: '*' },
  {
    Effect: 'Deny',
    Action: 'kms:*',
    Resource: '*',
    Condition: { 'ForAnyValue:StringNotEquals': { 'kms:EncryptionContextKeys': ['tenant', 'purpose'] } },
  },
  { Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateGreaterThan: { 'aws:CurrentTime': '2030-01-01' } } },
  { Effect: 'Deny', Action: 'kms:*', Resource: key.replace('1111', '2222') },
  {
    Effect: 'Allow',
    Action: use,
    Resource: key.replace(/key\/.*/, 'key/*'),
    Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
  },
] as const;
const maxMicroseconds = 1;
const decision: Figure = {
  name: 'policy.decision.10-statements',
  unit: 'µs of CPU per decision',
  denominator: 'the same rules written out by hand',
  aim: { greatest_value: maxMicroseconds },
  ratioOf: ({ ours }) => maxMicroseconds / ours,
};
const found: Figure = {
  name: 'policy.decision.remembered',
  unit: 'µs of CPU per decision',
  denominator: 'deciding by the ten statements',
  aim: { least_ratio: 2 },
  ratioOf: lessIsBetter,
};
