import {
  type ConditionKey,
  conditionKeyText,
  conditionKeys,
  hasType,
  isSingleValued,
  parseConditionKey,
} from './condition-keys.ts';
import { type WrittenOperator, familyOf, parseOperator } from './condition-operators.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Condition } from './policy-document.ts';
import type { Findings, Spot } from './policy-findings.ts';
import type { JsonScalar } from './policy-json.ts';
import { hasSearchedVariable, plainPieces } from './policy-variables.ts';
import { type DocumentRules, anyMembersOf, itemsOf, piecesAt } from './policy-values.ts';
import { shown } from './shown-text.ts';

/** `Condition`: operators, of each the keys, of each the values. What is refused is left out. */
export function parseConditions(spot: Spot, rules: DocumentRules): readonly Condition[] {
  const { findings } = rules;
  return [...(anyMembersOf(spot, findings) ?? [])].flatMap(([name, comparedKeys]) => {
    const written = parseWrittenOperator(name, comparedKeys, findings);
    return written === undefined ? [] : parseKeys(written, comparedKeys, rules);
  });
}

/** An Allow with ForAllValues also allows requests without the key, which is seldom meant. */
export function warnOfMissingValues(spot: Spot, conditions: readonly Condition[], findings: Findings): void {
  const required = new Set(conditions.filter(requiresKey).map(({ key }) => conditionKeyText(key)));
  for (const { qualifier, key } of conditions) {
    const text = conditionKeyText(key);
    if (qualifier === 'ForAllValues' && !required.has(text))
      findings.warn(
        spot,
        `allows requests without ${shown(text)} too, by ForAllValues; require it by "Null": {${shown(text)}: "false"}.`,
      );
  }
}

function requiresKey({ operator, values }: Condition): boolean {
  return operator === 'Null' && values[0] === 'false';
}

function parseWrittenOperator(name: string, spot: Spot, findings: Findings): WrittenOperator | undefined {
  const written = parseOperator(name);
  if (written === undefined) return findings.refuse(spot, `names no operator: ${shown(name)}. ${operatorForms}`);
  if (written.operator === 'Null' && (written.ifExists || written.qualifier !== undefined))
    return findings.refuse(spot, 'asks whether a key is there, and takes neither IfExists nor a qualifier: write Null.');
  return written;
}

function parseKeys(written: WrittenOperator, spot: Spot, rules: DocumentRules): readonly Condition[] {
  const { findings } = rules;
  const seen = new Set<string>();
  return [...(anyMembersOf(spot, findings) ?? [])].flatMap(([name, values]) => {
    const key = parseKey(name, written, values, findings);
    if (key === undefined) return [];
    const text = conditionKeyText(key);
    if (seen.has(text)) findings.refuse(values, `names ${shown(text)} a second time; the case of its name does not count.`);
    seen.add(text);
    const conditionValues = parseValues(written, values, rules);
    return conditionValues.length === 0 ? [] : { ...written, key, values: conditionValues };
  });
}

function parseKey(name: string, written: WrittenOperator, spot: Spot, findings: Findings): ConditionKey | undefined {
  const key = parseConditionKey(name);
  if (key === undefined)
    return findings.refuse(
      spot,
      () => `names no condition key: ${shown(name)}.${didYouMean(name, Object.keys(conditionKeys))} ${keyForms}`,
    );
  if (!hasType(key, familyOf(written.operator).keyTypes))
    return findings.refuse(spot, `cannot be compared by ${written.operator}, which is for keys of another type.`);
  if (written.qualifier === 'ForAllValues' && isRefusedForAllValues(key))
    return findings.refuse(spot, 'has one value, so that ForAllValues would match every request without it; remove ForAllValues.');
  warnAboutKey(key, written, spot, findings);
  return key;
}

/** As AWS KMS does, by the name of OverlyPermissiveCondition. */
function isRefusedForAllValues(key: ConditionKey): boolean {
  return key.kind === 'known' && (key.name === 'kms:EncryptionContext' || key.name === 'aws:RequestTag');
}

function warnAboutKey(key: ConditionKey, { operator, qualifier }: WrittenOperator, spot: Spot, findings: Findings): void {
  if (key.kind === 'never-present') {
    findings.warn(spot, 'is never there in requests to this service, and evaluated as missing.');
  } else if (qualifier !== undefined && isSingleValued(key)) {
    findings.warn(spot, `has one value in a request; ${qualifier} is for keys that may have several.`);
  } else if (qualifier === undefined && !isSingleValued(key) && operator !== 'Null') {
    findings.warn(spot, 'may have several values in a request: say by ForAnyValue or ForAllValues how many must fit.');
  }
}

function parseValues({ operator }: WrittenOperator, spot: Spot, rules: DocumentRules): readonly string[] {
  const { findings } = rules;
  const items = itemsOf(spot, findings) ?? [];
  if (items.length > 1 && familyOf(operator).onlyOneValue)
    findings.refuse(spot, `has more than one value; of ${operator}, that is one too many.`);
  return items.flatMap((item) => parseValue(operator, item, rules) ?? []);
}

function parseValue(operator: WrittenOperator['operator'], { value, ...where }: Spot, rules: DocumentRules): string | undefined {
  const { findings } = rules;
  if (value.kind === 'object' || value.kind === 'list' || value.kind === 'null')
    return findings.refuse(where, 'must be a string, a number, true or false.');
  const spot: Spot<JsonScalar> = { ...where, value };
  const family = familyOf(operator);
  const pieces = family.variables ? piecesAt(spot, rules) : plainPieces(value.text);
  if (pieces !== undefined && !family.accepts(pieces))
    findings.refuse(where, `must be ${family.expected}, not ${shown(value.text)}.`);
  if (pieces !== undefined && hasSearchedVariable(pieces)) rules.variableSearches.push(spot);
  return value.text;
}

const operatorForms =
  'Operators are those of AWS such as StringEquals, ArnLike or IpAddressIfExists, and ForAnyValue:StringLike; the case counts.';
const keyForms =
  'Keys are those of AWS KMS such as kms:EncryptionContext:<key>, and global ones such as aws:SourceIp and aws:PrincipalTag/<key>.';
