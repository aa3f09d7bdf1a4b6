import { type PolicyRules, parsePolicy } from '../../src/access/parse-policy.ts';
import type { PolicyDocument } from '../../src/access/policy-document.ts';
import type { PolicyFinding } from '../../src/access/policy-findings.ts';

export const scope = { partition: 'aws', region: 'us-east-1', account: '111122223333' } as const;

/** A key policy of one statement, with these elements instead of or besides the usual ones; `undefined` takes one away. */
export function keyPolicy(elements: Readonly<Record<string, unknown>> = {}): string {
  return policyOf({ Effect: 'Allow', Principal: { AWS: scope.account }, Action: 'kms:Decrypt', Resource: '*', ...elements });
}

/** An identity policy of one statement. */
export function identityPolicy(elements: Readonly<Record<string, unknown>> = {}): string {
  return policyOf({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', ...elements });
}

export function policyOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** Throws when it is refused. */
export function accepted(text: string, kind: PolicyRules['kind'] = 'key'): PolicyDocument {
  const parsed = parsePolicy(text, { kind, scope });
  if (parsed.problems !== undefined) throw new Error(JSON.stringify(parsed.problems));
  return parsed.document;
}

/** Path and message of each problem, none when the document is accepted. */
export function problemsOf(text: string, kind: PolicyRules['kind'] = 'key'): string[] {
  return (parsePolicy(text, { kind, scope }).problems ?? []).map(said);
}

/** Throws when it is refused. */
export function warningsOf(text: string, kind: PolicyRules['kind'] = 'key'): string[] {
  const parsed = parsePolicy(text, { kind, scope });
  if (parsed.problems !== undefined) throw new Error(JSON.stringify(parsed.problems));
  return parsed.warnings.map(said);
}

function said({ path, message }: PolicyFinding): string {
  return `${path} ${message}`;
}
