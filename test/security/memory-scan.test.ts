import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import type { KeyTableStats } from '../../src/crypto/native.ts';
import { readMetrics } from '../e2e/metrics-page.ts';
import { type RunningServer, removeHome, startServer } from '../e2e/start-server.ts';
import { threadNames } from '../e2e/thread-names.ts';
import { newKeyId } from '../e2e/using-server.ts';
import { type SecretKey, everySecretKey } from './key-oracle.ts';
import { type Hit, scanMemory } from './memory-scan.ts';

/**
 * "No JavaScript value holds a root, domain or backing key." OpenSSL keeps one raw copy of a backing key's input key in each keyed
 * cipher context on the ordinary heap; those are counted and no more are allowed. The locked arena is not searched: keys live there.
 */
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('\nMEMORY SCAN SKIPPED: reading the memory of a process that cannot be traced needs root.\n\n');

const children: ChildProcess[] = [];
const servers: RunningServer[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) {
    await server.kill();
    await removeHome(server);
  }
});

describe.skipIf(!isRoot)('memory scan', () => {
  it('finds a key that was planted in a Buffer and in a string', async () => {
    const planted = { name: 'planted', bytes: randomBytes(32) };
    const child = runScript('plant-key.ts');
    child.stdin?.write(planted.bytes);
    await once(child.stdout!, 'data');

    const { hits } = scanMemory(child.pid!, [planted]);
    expect(new Set(hits.map(({ form }) => form))).toEqual(new Set(['raw', 'hex']));
  });

  it('finds no key in a server under load beyond the cipher contexts of the keys in its table', { timeout: 60_000 }, async () => {
    const server = await startServer();
    servers.push(server);
    const latchkey = connect({ address: server.address, token: server.token });
    const keyIds = await Promise.all([newKeyId(latchkey), newKeyId(latchkey), newKeyId(latchkey)]);
    await latchkey.keys.rotateKeyOnDemand({ key_id: keyIds[0] });
    const load = startLoad(latchkey.crypto, keyIds);
    await load.rounds(50);

    const keys = everySecretKey(server);
    const { hits, scannedBytes, arenaBytes } = scanMemory(server.process.pid!, keys);
    await load.stop();
    const entries = (await readMetrics(server.metricsAddress)).value('latchkey_key_table_entries');
    latchkey.close();
    expect(threadNames(server.process.pid)).toContain('latchkey-batch');

    expect(keys.length).toBe(2 + 4 + 4 * 2);
    expect(scannedBytes).toBeGreaterThan(16 * 1024 * 1024);
    expect(arenaBytes).toBeGreaterThan(0);
    expectOnlyCipherContexts(hits, entries + contextsOfOneBatch);
  });

  it('finds at most one copy per live cipher context, and none after eviction', { timeout: 60_000 }, async () => {
    const { home, keys } = await storeWithKeys(3);
    const child = runScript('use-keys.ts', home);
    const stats = statsOf(child);

    const before = await stats.next();
    expect(threadNames(child.pid)).toContain('latchkey-batch');
    expect(before).toMatchObject({ entries: 3, liveCipherContexts: 3 });
    expectOnlyCipherContexts(scanMemory(child.pid!, keys).hits, before.liveCipherContexts);

    child.stdin?.write('evict\n');
    const after = await stats.next();
    expect(after).toMatchObject({ entries: 0, liveCipherContexts: 0 });
    expect(scanMemory(child.pid!, keys).hits).toEqual([]);
  });
});

function expectOnlyCipherContexts(hits: readonly Hit[], liveCipherContexts: number): void {
  const elsewhere = hits.filter(({ name, form }) => !name.startsWith('input key of') || form !== 'raw');
  expect(elsewhere).toEqual([]);
  expect(hits.length).toBeLessThanOrEqual(liveCipherContexts);
}

/** A stopped server's folder, and all its secrets. */
async function storeWithKeys(count: number): Promise<{ home: string; keys: SecretKey[] }> {
  const server = await startServer();
  servers.push(server);
  const latchkey = connect({ address: server.address, token: server.token });
  for (let made = 0; made < count; made++) {
    await newKeyId(latchkey);
  }
  latchkey.close();
  await server.stop();
  return { home: join(server.dataDirectory, '..'), keys: everySecretKey(server) };
}

/** Encrypts and decrypts without a pause, one call or batch after another, until it is stopped. */
function startLoad(crypto: ReturnType<typeof connect>['crypto'], keyIds: readonly string[]) {
  let rounds = 0;
  let stopped = false;
  const work = async () => {
    while (!stopped) {
      const key_id = keyIds[rounds % keyIds.length]!;
      const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext: randomBytes(100 + (rounds % 50_000)) });
      await crypto.decrypt({ ciphertext_blob });
      const plaintexts = Array.from({ length: 200 }, () => randomBytes(100));
      const { ciphertext_blobs } = await crypto.batchEncrypt({ key_id, plaintexts });
      await crypto.batchDecrypt({ ciphertext_blobs });
      await crypto.batchReEncrypt({ ciphertext_blobs, destination_key_id: key_id });
      rounds++;
    }
  };
  const working = work();
  return {
    rounds: async (count: number) => expect.poll(() => rounds, { timeout: 20_000 }).toBeGreaterThanOrEqual(count),
    stop: async () => {
      stopped = true;
      await working;
    },
  };
}

function runScript(name: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

function statsOf(child: ChildProcess): { next(): Promise<KeyTableStats> } {
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  return {
    next: async () => {
      const line = await lines.next();
      if (line.done) throw new Error('The process ended without saying what its table holds.');
      return JSON.parse(line.value) as KeyTableStats;
    },
  };
}

/** A thread has copies of a batch's keys until it is done; of BatchReEncrypt one to decrypt and one to encrypt. */
const contextsOfOneBatch = 2;
