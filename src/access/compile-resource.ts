import type { AccessRequest } from './access-request.ts';
import type { Attribute, AttributeReads } from './attributes.ts';
import { anyOf, compileValue, remembering } from './compile-value.ts';
import type { PatternClause } from './policy-document.ts';
import type { PolicyVersion } from './policy-version.ts';
import { piecesOf } from './policy-variables.ts';
import { resourceComparison } from './resource-pattern.ts';

/** A Resource or NotResource element made ready. */
export interface CompiledResource {
  readonly matches: (request: AccessRequest, reads: AttributeReads) => boolean;
  readonly reads: readonly Attribute[];
}

export function compileResource({ negated, patterns }: PatternClause, version: PolicyVersion): CompiledResource {
  if (patterns.includes('*')) return { matches: () => !negated, reads: [] };
  const values = patterns.map((pattern) => compileValue(piecesOf(pattern, version), resourceComparison(pattern, version)));
  const { fits, reads } = remembering(anyOf(values));
  return { matches: (request, noted) => fits(request.resource, request, noted) !== negated, reads };
}
