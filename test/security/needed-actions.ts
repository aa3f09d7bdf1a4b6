import { actions } from '../../src/access/actions.ts';
import { codeOf, readDocument, tableRows } from '../docs/documents.ts';

/** The rows of docs/POLICIES.md about calls that do not ask for one action of their own name. */
export const documentedCalls = tableRows(readDocument('docs/POLICIES.md'), 'call');

/** The action of the call's own name, or those that the document says instead, or also. */
export function actionsNeededBy(call: string): readonly string[] {
  const own = [`kms:${call}`, `latchkey:${call}`].filter((action) => Object.hasOwn(actions, action));
  const [, says] = documentedCalls.find(([cell = '']) => cell.split(', ').includes(call)) ?? [];
  if (says === undefined) return own;
  const named = codeOf(says);
  if (says.startsWith('also ')) return [...own, ...named];
  return named.length > 0 ? named : own;
}
