import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The import rules of ARCHITECTURE.md, as an allow-list: what each part of src/ may import besides itself. A part is a
 * folder, or a file beside the folders; `generated/` (types made from proto/) is open to all.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'clock.ts': [],
  'log.ts': [],
  'metrics.ts': [],
  'config/': ['errors.ts', 'log.ts', 'keys/', 'grpc/in-flight-bytes.ts', 'nearest-name.ts'],
  'nearest-name.ts': [],
  'arguments.ts': ['errors.ts'],
  'headroom.ts': [],
  'seed-file.ts': ['control-plane/', 'keys/', 'errors.ts'],
  'server-info.ts': ['crypto/', 'keys/'],
  'listeners.ts': ['grpc/listen-address.ts', 'tls/', 'errors.ts'],
  'reports.ts': [
    'metrics.ts',
    'log.ts',
    'control-plane/jobs/look-at-keys.ts',
    'data-plane/data-plane.ts',
    'grpc/listener.ts',
    'identity/source.ts',
    'tls/reloading-tls.ts',
  ],
  'keys/': ['errors.ts'],
  'access/': ['keys/', 'errors.ts', 'nearest-name.ts'],
  'permission/': ['access/', 'keys/', 'keyring/', 'errors.ts'],
  'identity/': ['access/', 'permission/identity.ts', 'keys/', 'keyring/', 'clock.ts', 'errors.ts'],
  'crypto/': ['keys/', 'errors.ts', 'headroom.ts'],
  'pipeline.ts': ['identity/credentials.ts', 'permission/', 'keyring/missing.ts', 'metrics.ts', 'log.ts', 'clock.ts', 'errors.ts'],
  'storage/': ['errors.ts'],
  'root-key/': ['crypto/', 'errors.ts'],
  'keyring/': ['access/', 'keys/', 'crypto/', 'errors.ts', 'clock.ts', 'storage/store.ts', 'root-key/root-key.ts'],
  'data-plane/': ['access/', 'permission/', 'keys/', 'keyring/', 'crypto/', 'errors.ts'],
  'control-plane/': [
    'access/',
    'identity/',
    'permission/may-describe.ts',
    'keys/',
    'keyring/',
    'crypto/',
    'errors.ts',
    'storage/store.ts',
  ],
  'tls/': ['errors.ts'],
  'grpc/': [
    'pipeline.ts',
    'access/',
    'identity/',
    'permission/',
    'data-plane/',
    'control-plane/',
    'keys/',
    'keyring/',
    'crypto/',
    'tls/',
    'clock.ts',
    'errors.ts',
    'headroom.ts',
  ],
  'http/': ['tls/', 'errors.ts'],
  'client/': [],
  'cli/': ['client/', 'node-version.ts'],
  'node-version.ts': [],
  'main.ts': ['node-version.ts', 'serve.ts'],
  'serve.ts': ['*'],
};

describe('import rules', () => {
  const files = sourceFiles();

  it('finds the sources and their imports', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(150);
  });

  it.each(files)('%s imports only what its part may', (file) => {
    const part = partOf(file);
    const rule = allowed[part];
    expect(rule, `${part} has no rule; add one here and in ARCHITECTURE.md`).toBeDefined();
    const forbidden = importsOf(file).filter((target) => !mayImport(part, rule ?? [], target));
    expect(forbidden).toEqual([]);
  });

  it('has no rule for what does not exist', () => {
    const parts = new Set(files.map(partOf));
    expect(Object.keys(allowed).filter((part) => !parts.has(part))).toEqual([]);
  });

  it('permits nothing that nobody does', () => {
    const unused = Object.entries(allowed).flatMap(([part, rule]) => {
      const imports = files.filter((file) => partOf(file) === part).flatMap(importsOf);
      const needless = rule.filter(
        (permission) => permission !== '*' && !imports.some((target) => mayImport('', [permission], target)),
      );
      return needless.map((permission) => `${part} → ${permission}`);
    });
    expect(unused).toEqual([]);
  });

  it('lets nobody import main.ts, only main.ts import serve.ts, and only serve.ts import config/', () => {
    const importers = (part: string) =>
      files.filter((file) => partOf(file) !== part && importsOf(file).some((target) => partOf(target) === part));
    expect(importers('main.ts')).toEqual([]);
    expect(importers('serve.ts')).toEqual(['main.ts']);
    expect(importers('config/')).toEqual(['serve.ts']);
  });

  it('loads the native addon in one place only', () => {
    const loaders = files.filter((file) => /createRequire|process\.dlopen|\.node'/.test(source(file)));
    expect(loaders).toEqual(['crypto/native.ts']);
  });

  it('reads the environment in one place of the server only', () => {
    const readers = files.filter(
      (file) => source(file).includes('process.env') && !file.startsWith('cli/') && !file.startsWith('client/'),
    );
    expect(readers).toEqual(['serve.ts']);
  });

  it('has no barrels', () => {
    const barrels = files.filter((file) => file.endsWith('index.ts') || /^export \*/m.test(source(file)));
    expect(barrels).toEqual([]);
  });
});

const sourceDirectory = join(import.meta.dirname, '../src');

function sourceFiles(): string[] {
  const paths = readdirSync(sourceDirectory, { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => path.endsWith('.ts') && !path.startsWith('generated/')).toSorted();
}

function source(file: string): string {
  return readFileSync(join(sourceDirectory, file), 'utf8');
}

/** Paths within src/ that a file imports, also for types only and dynamically. */
function importsOf(file: string): string[] {
  const specifiers = [...source(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return specifiers
    .map((specifier) => normalize(join(dirname(file), specifier)))
    .filter((target) => !target.startsWith('generated/'));
}

function partOf(file: string): string {
  const slash = file.indexOf('/');
  return slash < 0 ? file : file.slice(0, slash + 1);
}

function mayImport(part: string, rule: readonly string[], target: string): boolean {
  if (partOf(target) === part || rule.includes('*')) return true;
  return rule.includes(target) || rule.includes(partOf(target));
}
