import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, type Latchkey } from '../../src/client/connect.ts';
import { compiledMainPath, runCli } from '../cli/run-cli.ts';
import { type RunningServer, removeHome, startServer } from './start-server.ts';
import { newKeyId, useServer } from './using-server.ts';

const under = useServer();

function rowsOf(count: number): { plaintext: Buffer; itemContextValue: string }[] {
  return Array.from({ length: count }, (_, index) => ({ plaintext: Buffer.from(`row ${index}`), itemContextValue: `${index}` }));
}

const column = { encryptionContext: { table: 'users' }, itemContextKey: 'row' };

async function sealed(
  latchkey: Latchkey,
  keyId: string,
  count: number,
): Promise<{ ciphertext: Buffer; itemContextValue: string }[]> {
  const blobs: { ciphertext: Buffer; itemContextValue: string }[] = [];
  for await (const { index, ciphertext, error } of latchkey.encryptMany(rowsOf(count), { keyId, ...column })) {
    if (error !== undefined) throw error;
    expect(index).toBe(blobs.length);
    blobs.push({ ciphertext, itemContextValue: `${index}` });
  }
  return blobs;
}

/** Fails unless these are the rows in their order: each is bound to its row. */
async function expectOpened(latchkey: Latchkey, blobs: readonly { ciphertext: Buffer; itemContextValue: string }[]): Promise<void> {
  let opened = 0;
  for await (const { index, plaintext, error } of latchkey.decryptMany(blobs, column)) {
    if (error !== undefined) throw error;
    if (index !== opened || plaintext.toString() !== `row ${index}`) throw new Error(`Item ${opened} is ${String(plaintext)}.`);
    opened += 1;
  }
  expect(opened).toBe(blobs.length);
}

describe('many items', () => {
  it('go there and back over Exchange', async () => {
    const keyId = await under.newKey();
    const blobs = await sealed(under.latchkey, keyId, 30_000);
    await expectOpened(under.latchkey, blobs);
    const encryption_context = { table: 'users', row: '17' };
    const one = await under.latchkey.crypto.decrypt({ ciphertext_blob: blobs[17]!.ciphertext, encryption_context });
    expect(one.plaintext.toString()).toBe('row 17');
  });

  it('fail alone, with the reasons of the server', async () => {
    const keyId = await under.newKey();
    const limit = 1024 * 1024;
    const items = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(limit), Buffer.alloc(limit + 1), Buffer.from('b')];
    const reasons: unknown[] = [];
    for await (const { index, error } of under.latchkey.encryptMany(items, { keyId })) reasons.push([index, error?.reason]);
    expect(reasons).toEqual([
      [0, undefined],
      [1, 'INVALID_REQUEST'],
      [2, undefined],
      [3, 'INVALID_REQUEST'],
      [4, undefined],
    ]);
  });

  it('are large ones too', async () => {
    const keyId = await under.newKey();
    let bytes = 0;
    const item = Buffer.alloc(1_000_000, 7);
    for await (const { ciphertext, error } of under.latchkey.encryptMany(
      Array.from({ length: 40 }, () => item),
      { keyId },
    )) {
      if (error !== undefined) throw error;
      bytes += ciphertext.length;
    }
    expect(bytes).toBe(40 * 1_000_074);
  });

  it('of a key that is disabled end at once', async () => {
    const keyId = await under.newKey();
    await under.latchkey.keys.disableKey({ key_id: keyId });
    await expect(sealed(under.latchkey, keyId, 10_000)).rejects.toMatchObject({ reason: 'KEY_DISABLED' });
  });

  it('are encrypted again only where they are not current', async () => {
    const keyId = await under.newKey();
    const old = await sealed(under.latchkey, keyId, 10);
    await under.latchkey.keys.rotateKeyOnDemand({ key_id: keyId });
    const blobs = [...old, ...(await sealed(under.latchkey, keyId, 20)).slice(10)];
    const moved: { ciphertext: Buffer; itemContextValue: string }[] = [];
    const changed: boolean[] = [];
    const options = {
      destinationKeyId: keyId,
      sourceEncryptionContext: column.encryptionContext,
      destinationEncryptionContext: column.encryptionContext,
      sourceItemContextKey: 'row',
      destinationItemContextKey: 'row',
      skipIfCurrent: true,
    };
    for await (const { index, ciphertext, reEncrypted, error } of under.latchkey.reEncryptMany(blobs, options)) {
      if (error !== undefined) throw error;
      moved.push({ ciphertext, itemContextValue: `${index}` });
      changed.push(reEncrypted);
    }
    expect(changed).toEqual(blobs.map((_, index) => index < 10));
    expect(moved.slice(10)).toEqual(blobs.slice(10));
    await expectOpened(under.latchkey, moved);
  });
});

describe('a server that goes away while many items are under way', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function started(env: Record<string, string> = {}): Promise<{ server: RunningServer; latchkey: Latchkey; keyId: string }> {
    const server = await startServer({ env });
    const latchkey = connect({ address: server.address, token: server.token });
    cleanups.push(
      () => removeHome(server),
      () => server.kill(),
      () => latchkey.close(),
    );
    return { server, latchkey, keyId: await newKeyId(latchkey) };
  }

  /** Rows that come over a while, so that something happens between them. */
  async function* slowly(count: number, pauseMs: number) {
    for (const [index, row] of rowsOf(count).entries()) {
      if (index % 100 === 0) await setTimeout(pauseMs);
      yield row;
    }
  }

  it('since the connection is old: nothing is lost, nothing doubled', async () => {
    const { latchkey, keyId } = await started({ LATCHKEY_MAX_CONNECTION_AGE_MS: '1000' });
    const blobs: { ciphertext: Buffer; itemContextValue: string }[] = [];
    // Four seconds: the age of some three connections.
    for await (const { index, ciphertext, error } of latchkey.encryptMany(slowly(8_000, 50), { keyId, ...column })) {
      if (error !== undefined) throw error;
      blobs.push({ ciphertext, itemContextValue: `${index}` });
    }
    expect(blobs).toHaveLength(8_000);
    await expectOpened(latchkey, blobs);
  });

  it.each([
    ['is killed', async (server: RunningServer) => server.kill()],
    ['is stopped', async (server: RunningServer) => server.stop()],
  ])('since it %s, and comes back: nothing is lost, nothing doubled', async (_, end) => {
    const { server, latchkey, keyId } = await started();
    const blobs: { ciphertext: Buffer; itemContextValue: string }[] = [];
    let restarting: Promise<void> | undefined;
    const restart = async () => {
      await end(server);
      const again = await startServer({
        env: {
          LATCHKEY_GRPC_ADDRESS: server.address,
          LATCHKEY_DATA_DIR: server.dataDirectory,
          LATCHKEY_SECRETS_DIR: server.secretsDirectory,
        },
      });
      cleanups.push(() => again.kill());
    };
    for await (const { index, ciphertext, error } of latchkey.encryptMany(slowly(8_000, 20), { keyId, ...column })) {
      if (error !== undefined) throw error;
      blobs.push({ ciphertext, itemContextValue: `${index}` });
      if (index === 2_000) restarting = restart();
    }
    await restarting;
    expect(blobs).toHaveLength(8_000);
    await expectOpened(latchkey, blobs);
  });
});

describe('the command line', () => {
  it('takes fields of JSON Lines there, to the current backing key, and back', async () => {
    const keyId = await under.newKey();
    const input = Array.from({ length: 5_000 }, (_, index) => `{"id":${index}, "email":"user ${index}", "ssn":${index}.0}\n`).join(
      '',
    );
    const latchkey = async (args: string[], stdin: string) =>
      runCli([...args, '--jsonl', '--field', 'email,ssn', '--row-id', 'id'], {
        address: under.server.address,
        token: under.server.token,
        input: stdin,
        main: compiledMainPath,
      });
    const encrypted = await latchkey(['encrypt', '--key', keyId], input);
    expect(encrypted).toMatchObject({ exitCode: 0, stderr: '5000 lines, 10000 fields encrypted, 0 lines failed\n' });
    await under.latchkey.keys.rotateKeyOnDemand({ key_id: keyId });
    const moved = await latchkey(['re-encrypt', '--key', keyId, '--skip-if-current'], encrypted.stdout);
    expect(moved).toMatchObject({ exitCode: 0, stderr: '5000 lines, 10000 fields re-encrypted, 0 lines failed\n' });
    const again = await latchkey(['re-encrypt', '--key', keyId, '--skip-if-current'], moved.stdout);
    expect(again.stderr).toBe('5000 lines, 0 fields re-encrypted, 10000 fields current already, 0 lines failed\n');
    expect(again.stdout).toBe(moved.stdout);
    expect((await latchkey(['decrypt'], again.stdout)).stdout).toBe(input);

    // As docs/JSONL.md says that other clients do it.
    const row = JSON.parse(encrypted.stdout.split('\n')[17] ?? '') as { email: string };
    const { plaintext } = await under.latchkey.crypto.decrypt({
      ciphertext_blob: Buffer.from(row.email, 'base64'),
      encryption_context: { field: 'email', 'row-id': '17' },
    });
    expect(JSON.parse(plaintext.toString())).toBe('user 17');
  });
});
