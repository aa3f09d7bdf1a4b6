import {
  type PatternToken,
  dateOf,
  isInNetwork,
  likeArn,
  likeTokens,
  numberOf,
  tokensOf,
  variableTokens,
} from './reference-comparisons.ts';

/**
 * The rules of AWS's policy evaluation once more, read off the documents' JSON every time: slow, obvious, and without a line of
 * src/access. Documents are well-formed; what a parser must refuse is not asked here.
 */
export interface ReferenceCase {
  readonly caller: ReferenceCaller;
  readonly action: string;
  readonly resource: string;
  /** By condition key as a policy names it. Of the caller and the time the evaluator knows by itself. */
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly keyPolicy: string | undefined;
  /** By ARN: whom the names in the key policy were bound to when it was put. */
  readonly principalIds: Readonly<Record<string, string>>;
  readonly identityPolicies: readonly string[];
  readonly grants: readonly ReferenceGrant[];
  readonly newGrant: ReferenceScope | undefined;
}

export interface ReferenceCaller {
  readonly id: string;
  readonly account: string;
  /** `root` for the account itself. */
  readonly path: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ReferenceScope {
  readonly operations: readonly string[];
  readonly equals?: Readonly<Record<string, string>>;
  readonly subset?: Readonly<Record<string, string>>;
}

export interface ReferenceGrant extends ReferenceScope {
  readonly grantee: string;
  readonly retiring?: string;
}

export function isAllowed(request: ReferenceCase): boolean {
  const ofKey = request.keyPolicy === undefined ? [] : statementsOf(request.keyPolicy);
  const ofIdentity = request.identityPolicies.flatMap(statementsOf);

  const denied =
    ofKey.some((one) => one.effect === 'Deny' && principalMatches(one, request) !== 'no' && matches(one, request)) ||
    ofIdentity.some((one) => one.effect === 'Deny' && matches(one, request));
  if (denied) return false;

  const isRoot = request.caller.path === 'root';
  const byIdentity = isRoot || ofIdentity.some((one) => one.effect === 'Allow' && matches(one, request));
  if (request.keyPolicy === undefined) return byIdentity;

  const ofKeyAllow = ofKey.filter((one) => one.effect === 'Allow' && matches(one, request));
  const direct = ofKeyAllow.some((one) => principalMatches(one, request) === 'caller');
  const trusted = ofKeyAllow.some((one) => principalMatches(one, request) === 'account');
  return direct || (trusted && byIdentity) || request.grants.some((grant) => grantAllows(grant, request));
}

type Scalar = string | number | boolean;
type Json = Scalar | readonly Scalar[] | { readonly [name: string]: Json };

interface RawStatement {
  readonly effect: string;
  readonly members: Readonly<Record<string, Json>>;
  /** Policy variables are there since that version. */
  readonly hasVariables: boolean;
}

function statementsOf(text: string): RawStatement[] {
  const document = JSON.parse(text) as { Version?: string; Statement: Record<string, Json> | Record<string, Json>[] };
  const list = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return list.map((members) => ({
    effect: textsOf(members['Effect'])[0] ?? '',
    members,
    hasVariables: document.Version === '2012-10-17',
  }));
}

function matches(statement: RawStatement, request: ReferenceCase): boolean {
  return actionMatches(statement, request) && resourceMatches(statement, request) && conditionsHold(statement, request);
}

function actionMatches({ members }: RawStatement, { action }: ReferenceCase): boolean {
  const fits = (pattern: string) => likeTokens(tokensOf(pattern.toLowerCase()), action.toLowerCase());
  if (members['Action'] !== undefined) return textsOf(members['Action']).some(fits);
  return !textsOf(members['NotAction']).some(fits);
}

function resourceMatches({ members, hasVariables }: RawStatement, request: ReferenceCase): boolean {
  const fits = (pattern: string) => {
    const tokens = hasVariables ? substituted(pattern, request) : tokensOf(pattern);
    return pattern === '*' || (tokens !== undefined && likeArn(tokens, request.resource));
  };
  if (members['Resource'] !== undefined) return textsOf(members['Resource']).some(fits);
  return !textsOf(members['NotResource']).some(fits);
}

/** Whether a statement of a key policy is about the caller by name, about its account, or about neither. */
function principalMatches({ members, effect }: RawStatement, request: ReferenceCase): 'caller' | 'account' | 'no' {
  const listed = principalsOf(members['Principal'] ?? members['NotPrincipal']);
  const { account, id, path } = request.caller;
  const namesAccount = listed.some((name) => name === account || name.endsWith(':root'));
  const namesCaller = listed.some((name) => request.principalIds[name] === id);
  if (members['NotPrincipal'] === undefined) {
    if (listed.includes('*') || namesCaller) return 'caller';
    return namesAccount ? 'account' : 'no';
  }
  if (listed.includes('*') || namesCaller) return 'no';
  if (namesAccount && (effect === 'Allow' || path === 'root')) return 'no';
  return 'caller';
}

function principalsOf(element: Json | undefined): string[] {
  if (typeof element === 'string') return [element];
  return textsOf((element as { AWS: Json }).AWS);
}

function conditionsHold(statement: RawStatement, request: ReferenceCase): boolean {
  const blocks = Object.entries((statement.members['Condition'] ?? {}) as Record<string, Record<string, Json>>);
  return blocks.every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      conditionHolds(operator, { key, wanted: textsOf(values) }, { statement, request }),
    ),
  );
}

function conditionHolds(
  operator: string,
  { key, wanted }: { key: string; wanted: string[] },
  { statement, request }: { statement: RawStatement; request: ReferenceCase },
): boolean {
  const [, qualifier, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  const values = valuesOf(key, request);
  if (name === 'Null') return wanted.some((one) => one.toLowerCase() === String(values.length === 0));
  const isNegated = name.includes('Not');
  const positive = name.replace('Not', '');
  const matchesAny = (value: string) => wanted.some((one) => compares(positive, one, { value, statement, request }));

  if (qualifier === 'ForAllValues') return values.every((value) => matchesAny(value) !== isNegated);
  if (qualifier === 'ForAnyValue') return values.some((value) => matchesAny(value) !== isNegated);
  if (values.length === 0) return ifExists !== undefined || isNegated;
  return isNegated ? !values.some(matchesAny) : values.some(matchesAny);
}

/** Whether one value of a request and one of the policy compare so. */
function compares(
  operator: string,
  wanted: string,
  { value, statement, request }: { value: string; statement: RawStatement; request: ReferenceCase },
): boolean {
  const isPattern = operator === 'StringLike' || operator.startsWith('Arn');
  if (operator.startsWith('String') || operator.startsWith('Arn')) {
    const tokens = statement.hasVariables ? substituted(wanted, request, isPattern) : isPattern ? tokensOf(wanted) : plain(wanted);
    if (tokens === undefined) return false;
    if (operator.startsWith('Arn')) return likeArn(tokens, value);
    if (operator !== 'StringEqualsIgnoreCase') return likeTokens(tokens, value);
    const folded = tokens.map((token) => (typeof token === 'object' ? { literal: token.literal.toLowerCase() } : token));
    return likeTokens(folded, value.toLowerCase());
  }
  if (operator === 'Bool') return wanted.toLowerCase() === value.toLowerCase();
  if (operator === 'IpAddress') return isInNetwork(value, wanted);
  const toNumber = operator.startsWith('Date') ? dateOf : numberOf;
  const [left, right] = [toNumber(value), toNumber(wanted)];
  return left !== undefined && right !== undefined && relations[operator.replace(/^(Date|Numeric)/, '')]!(left, right);
}

const relations: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  Equals: (left, right) => left === right,
  LessThan: (left, right) => left < right,
  LessThanEquals: (left, right) => left <= right,
  GreaterThan: (left, right) => left > right,
  GreaterThanEquals: (left, right) => left >= right,
};

/** The pattern with its variables filled in; `undefined` when one has neither value nor default. */
function substituted(pattern: string, request: ReferenceCase, isPattern = true): PatternToken[] | undefined {
  const tokens: PatternToken[] = [];
  for (const piece of pattern.split(/(\$\{[^}]*\})/)) {
    const variable = /^\$\{(.*)\}$/.exec(piece)?.[1];
    if (variable === undefined) tokens.push(...(isPattern ? tokensOf(piece) : plain(piece)));
    else {
      const text = valueOfVariable(variable, request);
      if (text === undefined) return undefined;
      tokens.push(...variableTokens(text));
    }
  }
  return tokens;
}

function valueOfVariable(variable: string, request: ReferenceCase): string | undefined {
  if (['*', '?', '$'].includes(variable)) return variable;
  const [, key = '', fallback] = /^([^,]*?)\s*(?:,\s*'(.*)')?$/.exec(variable.trim()) ?? [];
  return valuesOf(key, request)[0] ?? fallback;
}

function plain(text: string): PatternToken[] {
  return text.split('').map((literal) => ({ literal }));
}

/** What the request has for a condition key; nothing when it is missing. */
function valuesOf(key: string, request: ReferenceCase): string[] {
  const wanted = sameSpelling(key);
  const { caller, now } = request;
  const second = Math.floor(now / 1000);
  const known: Record<string, string | readonly string[]> = {
    ...request.attributes,
    ...Object.fromEntries(Object.entries(caller.tags).map(([tag, value]) => [`aws:PrincipalTag/${tag}`, value])),
    'kms:CallerAccount': caller.account,
    'aws:PrincipalAccount': caller.account,
    'aws:PrincipalArn': `arn:aws:iam::${caller.account}:${caller.path}`,
    'aws:PrincipalType': caller.path === 'root' ? 'Account' : 'User',
    'aws:userid': caller.path === 'root' ? caller.account : caller.id,
    'aws:username': caller.path === 'root' ? [] : caller.path.replace('user/', '').replace('token/', ''),
    'aws:CurrentTime': new Date(second * 1000).toISOString().replace(/\.\d+/, ''),
    'aws:EpochTime': String(second),
  };
  const found = Object.entries(known).find(([name]) => sameSpelling(name) === wanted)?.[1] ?? [];
  return typeof found === 'string' ? [found] : [...found];
}

/** The case of a key's name does not count, that of what it is about does. */
function sameSpelling(key: string): string {
  const family = /^(kms:EncryptionContext:|aws:(?:Principal|Resource|Request)Tag\/)/i.exec(key)?.[0];
  return family === undefined ? key.toLowerCase() : family.toLowerCase() + key.slice(family.length);
}

function grantAllows(grant: ReferenceGrant, { caller, action, attributes, newGrant }: ReferenceCase): boolean {
  const operation = action.replace(/^kms:/, '');
  const isGrantee = grant.grantee === caller.id;
  if (operation === 'RetireGrant') return grant.retiring === caller.id || (isGrantee && grant.operations.includes(operation));
  if (!isGrantee || !grant.operations.includes(operation)) return false;
  if (operation === 'DescribeKey') return true;
  if (operation === 'CreateGrant') return newGrant !== undefined && isNoWider(newGrant, grant);
  const prefix = 'kms:EncryptionContext:';
  const context = Object.entries(attributes).filter(([name]) => name.startsWith(prefix));
  const pairs = context.map(([name, value]) => JSON.stringify([name.slice(prefix.length), value]));
  const { equals, subset } = grant;
  if (subset !== undefined && !pairsOf(subset).every((pair) => pairs.includes(pair))) return false;
  return equals === undefined || JSON.stringify(pairsOf(equals).toSorted()) === JSON.stringify(pairs.toSorted());
}

function isNoWider(child: ReferenceScope, parent: ReferenceScope): boolean {
  if (!child.operations.every((operation) => parent.operations.includes(operation))) return false;
  const required = [...pairsOf(child.equals ?? {}), ...pairsOf(child.subset ?? {})];
  if (!pairsOf(parent.subset ?? {}).every((pair) => required.includes(pair))) return false;
  if (parent.equals === undefined) return true;
  return (
    child.equals !== undefined &&
    JSON.stringify(pairsOf(child.equals).toSorted()) === JSON.stringify(pairsOf(parent.equals).toSorted())
  );
}

function pairsOf(pairs: Readonly<Record<string, string>>): string[] {
  return Object.entries(pairs).map((pair) => JSON.stringify(pair));
}

function textsOf(value: Json | undefined): string[] {
  const values = Array.isArray(value) ? (value as Scalar[]) : [value as Scalar];
  return value === undefined ? [] : values.map(String);
}
