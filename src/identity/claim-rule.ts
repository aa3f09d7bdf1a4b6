import type { JWTPayload } from 'jose';

/** What a claim of a token must be: this, or anything that begins with it. */
export type ClaimRule = { readonly claim: string; readonly equals: string } | { readonly claim: string; readonly prefix: string };

/** The first rule that the claims of a token break; `undefined` when they keep all. A claim that is neither text nor true or false keeps none. */
export function brokenRule(payload: JWTPayload, rules: readonly ClaimRule[]): ClaimRule | undefined {
  return rules.find((rule) => !keeps(payload[rule.claim], rule));
}

function keeps(value: unknown, rule: ClaimRule): boolean {
  if (typeof value !== 'string' && typeof value !== 'boolean') return false;
  return 'equals' in rule ? String(value) === rule.equals : String(value).startsWith(rule.prefix);
}
