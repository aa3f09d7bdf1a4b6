import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { runServerToItsEnd, startServer } from '../e2e/start-server.ts';
import { newKeyId } from '../e2e/using-server.ts';
import { fencedBlocks, readDocument } from './documents.ts';

/** The commands of README.md, "Back up", as they stand there but for where the copies go. */
const commands = (fencedBlocks(readDocument('README.md'), 'sh').find((block) => block.includes('cp --archive')) ?? '').replaceAll(
  / \/[a-z-]*backup\//g,
  ' ../restored/',
);
const folder = mkdtempSync(join(tmpdir(), 'latchkey-backup-'));
const home = join(folder, 'home');
const restored = join(folder, 'restored');
mkdirSync(home);
mkdirSync(restored);

afterAll(() => rmSync(folder, { recursive: true }));

it('a copy made with the commands of the README opens what the original encrypted', { timeout: 60_000 }, async () => {
  const ciphertext_blob = await encryptedIn(home);
  execFileSync('bash', ['-euo', 'pipefail', '-c', commands], { cwd: home });
  rmSync(home, { recursive: true });

  expect(statSync(join(restored, 'secrets')).mode & 0o777).toBe(0o700);
  expect(statSync(join(restored, 'secrets/root.key')).mode & 0o777).toBe(0o600);
  expect(await decryptedIn(restored, ciphertext_blob)).toBe('attack at dawn');
});

it('without its root key the copy is refused, and no new one is made', async () => {
  rmSync(join(restored, 'secrets'), { recursive: true });
  const { code, output } = await runServerToItsEnd({ home: restored });
  expect(code).toBe(1);
  expect(output).toMatch(/root\.key is missing.*its id is [0-9a-f]{32}/);
  expect(() => statSync(join(restored, 'secrets'))).toThrow('ENOENT');
});

async function encryptedIn(directory: string): Promise<Buffer> {
  const server = await startServer({ home: directory });
  const latchkey = connect({ address: server.address, token: server.token });
  const key_id = await newKeyId(latchkey);
  const { ciphertext_blob } = await latchkey.crypto.encrypt({ key_id, plaintext: Buffer.from('attack at dawn') });
  latchkey.close();
  expect(await server.stop()).toBe(0);
  return ciphertext_blob;
}

async function decryptedIn(directory: string, ciphertext_blob: Buffer): Promise<string> {
  const server = await startServer({ home: directory });
  const latchkey = connect({ address: server.address, token: server.token });
  const { plaintext } = await latchkey.crypto.decrypt({ ciphertext_blob });
  latchkey.close();
  expect(await server.stop()).toBe(0);
  return plaintext.toString();
}
