import { actions, reachOf } from './actions.ts';
import { didYouMean } from './did-you-mean.ts';
import { parseConditions, warnOfMissingValues } from './parse-conditions.ts';
import { parsePrincipalClause } from './parse-principal-clause.ts';
import type { PatternClause, PrincipalClause, Statement } from './policy-document.ts';
import type { Findings, Spot } from './policy-findings.ts';
import type { JsonScalar } from './policy-json.ts';
import { type DocumentRules, membersOf, stringAt, stringsOf } from './policy-values.ts';
import { checkResourcePattern } from './resource-pattern.ts';
import { shown } from './shown-text.ts';

/** One item of `Statement`; `undefined` when it lacks something without which there is no statement. */
export function parseStatement(item: Spot, index: number, rules: DocumentRules): Statement | undefined {
  const { findings } = rules;
  const spot = { ...item, statement: index, sid: sidOf(item) };
  const elements = membersOf(spot, statementElements, findings);
  if (elements === undefined) return undefined;
  const statement = { spot, elements };
  const sid = elements.get('Sid');
  if (sid !== undefined) stringAt(sid, findings);
  const effect = parseEffect(statement, findings);
  const principal = parsePrincipal(statement, rules);
  const action = parsePatterns(statement, ['Action', 'NotAction'], rules);
  const resource = parsePatterns(statement, ['Resource', 'NotResource'], rules);
  const condition = elements.get('Condition');
  const conditions = condition === undefined ? [] : parseConditions(condition, rules);
  if (effect === undefined || action === undefined || resource === undefined) return undefined;

  if (effect === 'Allow' && condition !== undefined) warnOfMissingValues(condition, conditions, findings);
  if (effect === 'Allow' && principal !== undefined) warnOfStrangers(statement, { principal, conditions }, findings);
  return { index, sid: spot.sid, effect, principal, action, resource, conditions };
}

/** Whoever an issuer or an authority speaks of is a principal with the first call. */
function warnOfStrangers(
  { spot, elements }: Elements,
  { principal, conditions }: Pick<Statement, 'conditions'> & { readonly principal: PrincipalClause },
  findings: Findings,
): void {
  if (principal.negated) findings.warn(spot, 'allows every principal but those of NotPrincipal; name those that may.');
  if (principal.everyone && conditions.length === 0)
    findings.warn(
      elements.get('Principal') ?? spot,
      'allows every principal of this server, also those that come for the first time; name those that may, or add a Condition.',
    );
}

interface Elements {
  readonly spot: Spot;
  readonly elements: ReadonlyMap<string, Spot>;
}

/** For messages, so that all about the statement can name it. An empty one is none. */
function sidOf({ value }: Spot): string | undefined {
  const sid = value.kind === 'object' ? value.members.get('Sid')?.value : undefined;
  return sid?.kind === 'string' && sid.text !== '' ? sid.text : undefined;
}

function parseEffect({ spot, elements }: Elements, findings: Findings): Statement['effect'] | undefined {
  const effect = elements.get('Effect');
  if (effect === undefined) return findings.refuse(spot, 'lacks Effect, which is "Allow" or "Deny".');
  const text = stringAt(effect, findings)?.value.text;
  if (text === undefined || text === 'Allow' || text === 'Deny') return text;
  return findings.refuse(effect, `must be "Allow" or "Deny", not ${shown(text)}.`);
}

function parsePrincipal({ spot, elements }: Elements, rules: DocumentRules): PrincipalClause | undefined {
  const { kind, findings } = rules;
  const names = ['Principal', 'NotPrincipal'] as const;
  if (kind === 'key') {
    const chosen = oneOf({ spot, elements }, names, findings);
    return chosen && parsePrincipalClause(chosen.spot, chosen.negated, rules);
  }
  for (const name of names) {
    const principal = elements.get(name);
    if (principal !== undefined)
      findings.refuse(principal, 'stands in key policies only; this one is for whoever it is attached to.');
  }
  return undefined;
}

function parsePatterns(
  statement: Elements,
  names: readonly ['Action', 'NotAction'] | readonly ['Resource', 'NotResource'],
  rules: DocumentRules,
): PatternClause | undefined {
  const chosen = oneOf(statement, names, rules.findings);
  if (chosen === undefined) return undefined;
  const strings = stringsOf(chosen.spot, rules.findings);
  const check = names[0] === 'Action' ? checkAction : checkResourcePattern;
  for (const string of strings) check(string, rules);
  return { negated: chosen.negated, patterns: strings.map(({ value }) => value.text) };
}

/** The one of two elements that stands in the statement. */
function oneOf(
  { spot, elements }: Elements,
  [plain, negated]: readonly [string, string],
  findings: Findings,
): { readonly spot: Spot; readonly negated: boolean } | undefined {
  const [chosen, other] = [elements.get(plain), elements.get(negated)];
  if (chosen !== undefined && other !== undefined)
    return findings.refuse(other, `stands beside ${plain}; a statement has one of the two.`);
  const found = chosen ?? other;
  if (found === undefined) return findings.refuse(spot, `lacks ${plain} or ${negated}.`);
  return { spot: found, negated: chosen === undefined };
}

function checkAction(spot: Spot<JsonScalar>, { kind, findings }: DocumentRules): void {
  const { text } = spot.value;
  const reach = reachOf(text);
  if (reach === 'nowhere')
    findings.refuse(spot, () => `names no action: ${shown(text)}.${didYouMean(text, Object.keys(actions))} ${actionForms}`);
  if (reach === 'absent')
    findings.warn(spot, `names what AWS KMS can do and this service cannot, ${shown(text)}; it has no effect.`);
  if (reach === 'elsewhere' && kind === 'key')
    findings.warn(spot, `names no action on a key, ${shown(text)}; in a key policy it has no effect.`);
}

const statementElements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
] as const;
const actionForms = 'Actions are kms:<call> and latchkey:<call>, as in kms:Decrypt or kms:GenerateDataKey*, or * for all.';
