import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { StartRefused } from '../../src/errors.ts';

let folder: string;
const path = (): string => join(folder, 'latchkey.yaml');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the configuration file', () => {
  it('is read from where LATCHKEY_CONFIG says', () => {
    writeFileSync(path(), 'log_level: debug');
    expect(readConfig({ LATCHKEY_CONFIG: path() }).logLevel).toBe('debug');
    expect(readConfig({ LATCHKEY_CONFIG: '' }).logLevel).toBe('info');
  });

  it.each([
    ['that is not there', () => join(folder, 'absent.yaml'), /absent\.yaml \(LATCHKEY_CONFIG\) cannot be read: ENOENT/],
    ['in a folder that is none', () => join(path(), 'x'), /cannot be read: ENOTDIR/],
    ['that is a folder', () => folder, /\(LATCHKEY_CONFIG\) is not a file\.$/],
    ['that is a device', () => '/dev/zero', /\/dev\/zero \(LATCHKEY_CONFIG\) is not a file\.$/],
    ['with no path', () => 'a\0b', /cannot be read/],
    ['that is too large', () => written('#'.repeat(256 * 1024 + 1)), /is too large: it may have 262144 bytes\.$/],
    ['that is not UTF-8', () => written(Buffer.from('a: b\nc: \xFF\nd: e\n', 'latin1')), /is not UTF-8: .*latchkey\.yaml:2\.$/],
    ['that ends within a character', () => written(Buffer.from('a: b\nc: \xC3', 'latin1')), /is not UTF-8: .*latchkey\.yaml:2\.$/],
  ])('%s is refused', (_, make, says) => {
    const environment = { LATCHKEY_CONFIG: make() };
    expect(() => readConfig(environment)).toThrow(StartRefused);
    expect(() => readConfig(environment)).toThrow(says);
  });

  it('may have as many bytes as it may', () => {
    expect(() => readConfig({ LATCHKEY_CONFIG: written(`#${'x'.repeat(256 * 1024 - 1)}`) })).not.toThrow();
  });
});

function written(content: string | Buffer): string {
  writeFileSync(path(), content);
  return path();
}
