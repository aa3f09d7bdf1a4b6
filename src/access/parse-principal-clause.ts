import type { ArnScope } from '../keys/arn.ts';
import type { PrincipalClause } from './policy-document.ts';
import type { Findings, Spot } from './policy-findings.ts';
import type { JsonScalar } from './policy-json.ts';
import { type DocumentRules, membersOf, stringsOf } from './policy-values.ts';
import { parsePrincipalArn, principalArn } from './principal.ts';
import { hasWildcard } from './wildcard.ts';
import { shown } from './shown-text.ts';

/** `"*"`, or `{"AWS": …}` with one or more principals. */
export function parsePrincipalClause(
  spot: Spot,
  negated: boolean,
  { scope, findings }: DocumentRules,
): PrincipalClause | undefined {
  const named = namedIn(spot, findings);
  if (named === undefined) return undefined;
  const everyone = named.find(({ value }) => value.text === '*');
  if (negated && everyone !== undefined)
    return findings.refuse(everyone, 'excludes everybody, so that the statement is about nobody.');
  const principals = named.map((string) => ({ string, principal: parsePrincipal(string.value.text, scope) }));
  for (const { string, principal } of principals) {
    if (principal === 'one') findings.name(string.value.text, string);
    if (principal === undefined) findings.refuse(string, `${faultOf(string.value.text, scope)} ${principalForms(scope)}`);
  }
  return {
    negated,
    everyone: everyone !== undefined,
    account: principals.some(({ principal }) => principal === 'account'),
    arns: principals.flatMap(({ string, principal }) => (principal === 'one' ? [string.value.text] : [])),
  };
}

function namedIn(spot: Spot, findings: Findings): readonly Spot<JsonScalar>[] | undefined {
  const { value } = spot;
  if (value.kind === 'string') {
    return value.text === '*'
      ? [{ ...spot, value }]
      : findings.refuse(spot, 'must be "*", or {"AWS": …} with one or more principals.');
  }
  const principals = membersOf(spot, ['AWS'], findings)?.get('AWS');
  return principals && stringsOf(principals, findings);
}

function parsePrincipal(text: string, scope: ArnScope): 'everyone' | 'account' | 'one' | undefined {
  if (text === '*') return 'everyone';
  if (text === scope.account) return 'account';
  const path = parsePrincipalArn(text, scope);
  if (path === undefined) return undefined;
  return path === 'root' ? 'account' : 'one';
}

function faultOf(text: string, scope: ArnScope): string {
  if (hasWildcard(text)) return `has a wildcard within a name, ${shown(text)}; only "*" alone is one.`;
  const account = accountPattern.exec(text)?.[1];
  if (account !== undefined && account !== scope.account)
    return `is of another account, ${shown(text)}; here it is ${scope.account}.`;
  return `names no principal of this service: ${shown(text)}.`;
}

function principalForms(scope: ArnScope): string {
  return `A principal is "*", "${scope.account}", "${principalArn(scope, 'root')}", or the ARN of one, such as "${principalArn(scope, 'user/token/alice')}".`;
}

/** An account's id, alone or in an ARN. */
const accountPattern = /^(?:arn:[a-z0-9-]+:iam::)?([0-9]{12})(?::|$)/;
