import type { AccessRequest } from '../access/access-request.ts';
import { AttributeReads, compileAttribute, read } from '../access/attributes.ts';
import type { AccessSources } from '../access/authorize.ts';
import { parseConditionKey } from '../access/condition-keys.ts';
import { type Explanation, explain } from '../access/explain.ts';

/** An explanation, with what the call has where a condition does not hold. */
export interface ExplainedCall extends Explanation {
  /** By condition key, as documents name it; nothing for one that the call has no value of. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

export function explainCall(request: AccessRequest, sources: AccessSources): ExplainedCall {
  const explanation = explain(request, sources);
  const mismatches = explanation.policies.flatMap(({ statements }) => statements.flatMap((statement) => statement.mismatches));
  const keys = new Set(mismatches.flatMap((mismatch) => (mismatch.element === 'condition' ? [mismatch.key] : [])));
  return { ...explanation, values: new Map([...keys].map((key) => [key, valuesOf(key, request)])) };
}

function valuesOf(text: string, request: AccessRequest): readonly string[] {
  const key = parseConditionKey(text);
  if (key?.kind !== 'known') return [];
  const value = read(compileAttribute(key), request, new AttributeReads()) ?? [];
  return typeof value === 'string' ? [value] : value;
}
