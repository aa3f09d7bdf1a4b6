import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Latchkey, connect, decryptObject } from '../../src/client/connect.ts';
import { type RunningServer, removeHome, startServer } from '../e2e/start-server.ts';

interface Golden {
  readonly key_id: string;
  readonly key_material_id: string;
  readonly plaintext: string;
  readonly encryption_context: Record<string, string>;
  readonly ciphertext_blob: string;
}

interface GoldenObject {
  readonly file: string;
  readonly plaintext_bytes: number;
  readonly plaintext_sha256: string;
  readonly encryption_context: Record<string, string>;
}

describe.each(['v1'])('a store of %s', (version) => {
  const files = join(import.meta.dirname, version);
  const ciphertexts = JSON.parse(readFileSync(join(files, 'ciphertexts.json'), 'utf8')) as readonly Golden[];
  const objects = JSON.parse(readFileSync(join(files, 'objects.json'), 'utf8')) as readonly GoldenObject[];
  let server: RunningServer;
  let latchkey: Latchkey;

  beforeAll(async () => {
    server = await startServer({ home: homeWith(files) });
    latchkey = connect({ address: server.address, token: server.token });
  });
  afterAll(async () => {
    latchkey.close();
    expect(await server.stop()).toBe(0);
    await removeHome(server);
  });

  it('has its keys, aliases and rotations', async () => {
    const { key_metadata: key } = await latchkey.keys.describeKey({ key_id: 'alias/golden' });
    expect(key).toMatchObject({ key_id: ciphertexts[0]?.key_id, description: 'golden', key_state: 'KEY_STATE_ENABLED' });
    expect(key?.rotation?.key_material_count).toBe(2);
    expect((await latchkey.keys.listKeys({})).keys).toHaveLength(2);
  });

  it('knows of no use before uses were counted, and says since when they are', async () => {
    const { key_metadata: key, uses } = await latchkey.keys.describeKey({ key_id: 'alias/golden' });
    expect(uses).toMatchObject({ encryptions: '0', last_used_date: null });
    expect(Number(uses?.tracking_start_date?.seconds)).toBeGreaterThan(Number(key?.creation_date?.seconds));
  });

  it.each(ciphertexts)('opens a ciphertext of it: $plaintext', async ({ ciphertext_blob, ...written }) => {
    const { encryption_context, plaintext } = written;
    const opened = await latchkey.crypto.decrypt({ ciphertext_blob: Buffer.from(ciphertext_blob, 'base64'), encryption_context });
    expect(opened.plaintext.toString()).toBe(plaintext);
    expect(opened).toMatchObject({
      key_arn: expect.stringContaining(written.key_id) as string,
      key_material_id: written.key_material_id,
    });
  });

  it.each(objects)('opens an object of it: $file', async ({ file, plaintext_bytes, plaintext_sha256, encryption_context }) => {
    const object = readFileSync(join(files, file));
    const plaintext = await buffer(decryptObject(latchkey, { encryptionContext: encryption_context }).end(object));
    expect(plaintext).toHaveLength(plaintext_bytes);
    expect(createHash('sha256').update(plaintext).digest('hex')).toBe(plaintext_sha256);
  });
});

function homeWith(files: string): string {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-golden-'));
  for (const [folder, file] of [
    ['data', 'latchkey.db'],
    ['secrets', 'root.key'],
  ] as const) {
    mkdirSync(join(home, folder), { mode: 0o700 });
    copyFileSync(join(files, file), join(home, folder, file));
    chmodSync(join(home, folder, file), 0o600);
  }
  return home;
}
