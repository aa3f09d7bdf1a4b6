import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf, readDocument, repositoryRoot } from './documents.ts';

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/CONFIGURATION.md',
  'docs/FORMATS.md',
  'docs/IMPORT.md',
  'docs/INPUT.md',
  'docs/GRANTS.md',
  'docs/LOAD.md',
  'docs/OPERATIONS.md',
  'docs/POLICIES.md',
  'docs/ROTATION.md',
  'docs/SECURITY-MODEL.md',
];

describe.each(documents)('%s', (path) => {
  const text = readDocument(path);

  it('links to what exists', () => {
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
      normalize(join(dirname(path), target)),
    );
    expect(targets.filter((target) => !existsSync(join(repositoryRoot, target)))).toEqual([]);
  });

  it('links to headings that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)].map(
      ([, target = '', anchor = '']) => [target === '' ? path : normalize(join(dirname(path), target)), anchor] as const,
    );
    expect(links.filter(([target, anchor]) => !anchorsOf(readDocument(target)).includes(anchor))).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const named = codeOf(text).filter((code) => /^(src|native|test|script|proto|docs|examples|bench|load)\/[\w./-]*$/.test(code));
    expect(named.filter((name) => !existsSync(join(repositoryRoot, name)))).toEqual([]);
  });
});

function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}
