import type { ArnScope } from '../keys/arn.ts';
import { hasFixedOwner, isArnPattern, likeArn, splitArn } from './compare-arn.ts';
import type { PolicyVersion } from './policy-version.ts';
import type { Spot } from './policy-findings.ts';
import type { JsonScalar } from './policy-json.ts';
import { type Comparison, compared, piecesOf } from './policy-variables.ts';
import { type DocumentRules, piecesAt } from './policy-values.ts';
import { wildcard } from './wildcard.ts';
import { shown } from './shown-text.ts';

/** Whether an ARN fits a pattern of a document that was accepted. */
export function resourceComparison(pattern: string, version: PolicyVersion): Comparison {
  return pattern === '*' ? () => true : compared(piecesOf(pattern, version), likeArn);
}

/** A pattern of `Resource`: `*`, or six parts of which only the last may depend on the request. */
export function checkResourcePattern(spot: Spot<JsonScalar>, rules: DocumentRules): void {
  const { text } = spot.value;
  const { findings, scope } = rules;
  if (text === '*') return;
  const pieces = piecesAt(spot, rules);
  if (pieces === undefined) return;
  if (!text.startsWith('arn:') || !isArnPattern(pieces)) {
    findings.refuse(spot, `must be "*" or an ARN of six parts such as "${arnsHere(scope)[0]}key/*", not ${shown(text)}.`);
  } else if (!hasFixedOwner(pieces)) {
    findings.refuse(
      spot,
      `has a variable before its fifth colon, ${shown(text)}; whose resource it is may not depend on the request.`,
    );
  } else if (!isHere(text, scope)) {
    findings.warn(spot, `is about nothing in this service, ${shown(text)}; ARNs here begin with ${arnsHere(scope).join(' or ')}.`);
  }
}

function isHere(text: string, scope: ArnScope): boolean {
  const owner = splitArn(text)?.slice(0, -1).map(wildcard) ?? [];
  return arnsHere(scope).some((prefix) => prefix.split(':').every((part, index) => owner[index]?.(part) ?? true));
}

function arnsHere({ partition, region, account }: ArnScope): readonly [string, string] {
  return [`arn:${partition}:kms:${region}:${account}:`, `arn:${partition}:iam::${account}:`];
}
