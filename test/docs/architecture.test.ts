import { expect, it } from 'vitest';
import { codeOf, readDocument, tableRows } from './documents.ts';

it('says the import rules that test/architecture.test.ts enforces', () => {
  const documented = tableRows(readDocument('ARCHITECTURE.md'), 'part').flatMap(([parts = '', allowed = '']) =>
    codeOf(parts).map((part) => [part, allowed.startsWith('everything') ? ['*'] : codeOf(allowed).toSorted()]),
  );
  expect(Object.fromEntries(documented)).toEqual(enforced());
});

/** `'part/': ['allowed/', 'file.ts'],` in the source of that test. */
function enforced(): Record<string, string[]> {
  const source = readDocument('test/architecture.test.ts');
  const rules = [...source.matchAll(/^ {2}'([^']+)': \[([^\]]*)\],$/gm)];
  return Object.fromEntries(
    rules.map(([, part = '', list = '']) => [part, [...list.matchAll(/'([^']+)'/g)].map(([, name = '']) => name).toSorted()]),
  );
}
