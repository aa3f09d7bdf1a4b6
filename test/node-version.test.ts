import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

describe.each([
  ['the server', 'dist/main.js'],
  ['the command line', 'dist/cli/main.js'],
])('%s', (_, main) => {
  it.each(['20.20.2', '22.14.0', '18.19.0'])('says in Node %s which it needs, and imports nothing else', (version) => {
    const { status, stdout, stderr } = runAs(version, main);
    expect(stderr).toMatch(/^latchkey: Node 22\.15 or newer is needed; .* is [\d.]+\.\n {2}.*script\/setup .*\n$/);
    expect(stderr).toContain(`${process.execPath} is ${version}.`);
    expect([status, stdout]).toEqual([1, '']);
  });

  it.each(['22.15.0', '24.0.0', '26.1.0-nightly'])('goes on in Node %s', (version) => {
    const { status, stderr } = runAs(version, main);
    expect(stderr).toContain('ERR_TEST_IMPORTED');
    expect(status).not.toBe(0);
  });
});

it('needs what package.json says', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
  const [, least = ''] = /^>=([\d.]+)$/.exec(engines.node) ?? [];
  expect(runAs('1.0.0', 'dist/main.js').stderr).toContain(`Node ${least} or newer`);
});

/** Runs a program in a Node that gives itself out as another, and that cannot import what an older one could not. */
function runAs(version: string, main: string) {
  const preload = `
    import { registerHooks } from 'node:module';
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
    registerHooks({
      resolve(specifier, context, next) {
        if (/main\\.js$|node-version\\.js$|^node:(fs|url)$/.test(specifier)) return next(specifier, context);
        throw new Error('ERR_TEST_IMPORTED ' + specifier);
      },
    });`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, join(root, main), '--help'];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: {} });
}
