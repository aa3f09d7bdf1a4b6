import type { ArnScope } from '../keys/arn.ts';
import { parseStatement } from './parse-statement.ts';
import type { PolicyDocument, PolicyKind, Statement } from './policy-document.ts';
import type { PolicyVersion } from './policy-version.ts';
import { Findings, type NamedPrincipal, type PolicyFinding, type Spot } from './policy-findings.ts';
import { readPolicyJson } from './policy-json.ts';
import { type DocumentRules, itemsOf, membersOf, stringAt } from './policy-values.ts';
import { shown } from './shown-text.ts';

export interface PolicyRules {
  readonly kind: PolicyKind;
  readonly scope: ArnScope;
  /** UTF-8; 32 KiB when absent. */
  readonly maxBytes?: number;
}

export type ParsedPolicy = {
  /** Whether there are such principals is another question. */
  readonly principals: readonly NamedPrincipal[];
} & (
  | { readonly document: PolicyDocument; readonly warnings: readonly PolicyFinding[]; readonly problems?: undefined }
  /** At least one and at most 20. */
  | { readonly problems: readonly PolicyFinding[] }
);

/**
 * Reads a policy in AWS's JSON grammar. Everything that is not understood to the last letter is refused here, so that nothing is
 * passed over when the policy is evaluated. It never throws, and takes time in proportion to the text.
 */
export function parsePolicy(text: string, rules: PolicyRules): ParsedPolicy {
  const findings = new Findings(text);
  const document = parseDocument(text, rules, findings);
  const { problems, warnings, principals } = findings;
  return document === undefined || problems.length > 0 ? { problems, principals } : { document, warnings, principals };
}

function parseDocument(text: string, rules: PolicyRules, findings: Findings): PolicyDocument | undefined {
  const { maxBytes = maxPolicyBytes } = rules;
  const bytes = Buffer.byteLength(text);
  const top = { at: 0, path: '', statement: undefined, sid: undefined };
  if (bytes > maxBytes) return findings.refuse(top, `has ${bytes} bytes of UTF-8; ${maxBytes} is the most.`);
  const read = readPolicyJson(text);
  if ('fault' in read) return findings.refuse({ ...top, at: read.fault.at }, read.fault.message);

  const document = { ...top, value: read.value, at: read.value.at };
  const elements = membersOf(document, documentElements, findings);
  if (elements === undefined) return undefined;
  const id = elements.get('Id');
  if (id !== undefined) stringAt(id, findings);
  const version = parseVersion(elements.get('Version'), findings);
  const statement = elements.get('Statement');
  if (statement === undefined) return findings.refuse({ ...document, path: 'Statement' }, 'is missing; a policy has at least one.');
  const variableSearches: Spot[] = [];
  const statements = parseStatements(statement, { ...rules, version, findings, variableSearches });
  const tooMany = variableSearches[maxVariableSearches];
  if (tooMany !== undefined) findings.refuse(tooMany, tooManyVariableSearches);
  return { version, statements };
}

function parseVersion(spot: Spot | undefined, findings: Findings): PolicyVersion {
  const text = spot && stringAt(spot, findings)?.value.text;
  const version = versions.find((known) => known === text);
  if (spot !== undefined && text !== undefined && version === undefined)
    findings.refuse(spot, `must be "2012-10-17" or "2008-10-17", not ${shown(text)}.`);
  return version ?? '2008-10-17';
}

function parseStatements(spot: Spot, rules: DocumentRules): readonly Statement[] {
  const { findings } = rules;
  const sids = new Set<string>();
  return (itemsOf(spot, findings) ?? []).flatMap((item, index) => {
    const statement = parseStatement(item, index, rules);
    if (statement?.sid !== undefined && sids.has(statement.sid))
      findings.refuse(
        { ...item, statement: index, sid: statement.sid },
        `has the Sid of another statement, ${shown(statement.sid)}.`,
      );
    if (statement?.sid !== undefined) sids.add(statement.sid);
    return statement ?? [];
  });
}

const maxPolicyBytes = 32 * 1024;
/** Values of a request have 8 KiB at most; fixed patterns are bounded by the size of the document, and these are not. */
const maxVariableSearches = 50;
const tooManyVariableSearches = `is one value too many with a variable between two stars; a policy may have ${maxVariableSearches}.`;
const documentElements = ['Version', 'Id', 'Statement'] as const;
const versions = ['2012-10-17', '2008-10-17'] as const satisfies readonly PolicyVersion[];
