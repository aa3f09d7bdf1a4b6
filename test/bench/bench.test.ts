import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const bench = join(import.meta.dirname, '../../bench/main.ts');

describe('bench', () => {
  it('prints one JSON object with every figure beside its denominator, and verifies replies', { timeout: 120_000 }, async () => {
    const { stdout } = await run('--json', '--quick', '--rounds', '2');
    const { machine, results, checks } = JSON.parse(stdout) as Figures;

    expect(machine).toMatchObject({ node: process.versions.node, openssl: process.versions.openssl });
    expect(results.map(({ name }) => name)).toEqual([
      'unary.encrypt.256B',
      'unary.encrypt.256B.p50',
      'unary.encrypt.256B.p99',
      'unary.encrypt.256B.everything',
      'unary.encrypt.added',
      'unary.p99.under-batches',
      'decrypt.first-of-10000',
      'native.seal.64B',
      'native.seal.1KiB',
      'native.seal.16KiB',
      'native.seal.1MiB',
      'batch.kernel.64B',
      'batch.context-column.1000x64B',
      'batch.encrypt.1000x256B',
      'batch.encrypt.1000x256B.cpu',
      'batch.decrypt.1000x256B',
      'batch.decrypt.1000x256B.cpu',
      'batch.encrypt.proto-loader',
      'exchange.single-item',
      'client.object.encrypt.1GiB',
      'policy.decision.10-statements',
      'policy.decision.remembered',
    ]);
    for (const result of results) {
      expect(result).toEqual({
        name: expect.any(String),
        unit: expect.any(String),
        value: expect.any(Number),
        denominator: expect.any(String),
        denominator_value: expect.any(Number),
        ratio: expect.any(Number),
        aim: /\.p(50|99)$/.test(result.name) ? null : expect.any(Object),
        rounds: 2,
        spread: expect.any(Number),
      });
      expect(result.value).toBeGreaterThan(0);
    }
    expect(checks).toEqual({ replies_verified: 1083, replies_bad: 0 });
  });

  it('prints a table for people, of what was asked for', async () => {
    const { stdout } = await run('--quick', '--only', 'native.seal.1KiB');
    expect(stdout).toMatch(/^native\.seal\.1KiB .* ≥ 0\.95 (met|missed) /m);
    expect(stdout).not.toContain('native.seal.64B');
  });

  it('refuses a figure that there is not', async () => {
    await expect(run('--only', 'nothing')).rejects.toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage') });
  });

  it('refuses an option that there is not, and shows those that there are', async () => {
    await expect(run('--fast')).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^bench: Unknown option '--fast'.*\n\nUsage/),
    });
    expect(await run('--help')).toEqual({ stdout: expect.stringMatching(/^Usage: /), stderr: '' });
  });
});

interface Figures {
  readonly machine: object;
  readonly results: readonly { readonly name: string; readonly value: number }[];
  readonly checks: object;
}

function run(...options: readonly string[]) {
  return promisify(execFile)(process.execPath, [bench, ...options]);
}
