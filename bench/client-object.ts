import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type Latchkey, connect, decryptObject, encryptObject } from '../src/client/connect.ts';
import { cores } from './machine.ts';
import type { Effort, Measured } from './measurement.ts';
import { inTurns, moreIsBetter, result } from './result.ts';
import { startServer } from './server-process.ts';

/** Encrypting an object of 1 GiB with the client library, from memory to nowhere, against the cipher alone. */
export async function measureClientObject(effort: Effort): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const server = await startServer(directory, cores().server);
  const latchkey = connect({ address: server.address, token: server.token });
  try {
    return await measure(latchkey, effort);
  } finally {
    latchkey.close();
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

async function measure(latchkey: Latchkey, { rounds, quick }: Effort): Promise<Measured> {
  const { key_metadata } = await latchkey.keys.createKey({});
  const keyId = key_metadata?.key_id ?? '';
  const bytes = quick ? 8 * mebibyte : 1024 * mebibyte;
  const sides = {
    ours: async () => {
      const begun = performance.now();
      await pipeline(repeated(bytes), encryptObject(latchkey, { keyId }), nowhere());
      return bytes / 1000 / (performance.now() - begun);
    },
    denominator: opensslSpeed,
  };
  const good = await comesBack(latchkey, keyId, 8 * mebibyte);
  await inTurns(quick ? 0 : 1, sides);
  const figure = {
    name: 'client.object.encrypt.1GiB',
    unit: 'MB per second',
    denominator: 'openssl speed -evp aes-256-gcm, 16 KiB',
    aim: { least_ratio: 0.25 },
    ratioOf: moreIsBetter,
  };
  return {
    results: [result(figure, await inTurns(rounds, sides))],
    checks: { replies_verified: good ? 1 : 0, replies_bad: good ? 0 : 1 },
  };
}

/** Whether what was encrypted is decrypted to the same. */
async function comesBack(latchkey: Latchkey, keyId: string, bytes: number): Promise<boolean> {
  const digest = async (...streams: readonly Duplex[]): Promise<string> => {
    const hash = createHash('sha256');
    await pipeline([repeated(bytes), ...streams, hash]);
    return hash.digest('hex');
  };
  return (await digest()) === (await digest(encryptObject(latchkey, { keyId }), decryptObject(latchkey)));
}

/** The same random piece again and again: what a file read from the page cache would cost is not measured. */
function repeated(bytes: number): Readable {
  let left = bytes;
  return new Readable({
    highWaterMark: piece.length,
    read() {
      this.push(left > 0 ? piece : null);
      left -= piece.length;
    },
  });
}

function nowhere(): Writable {
  return new Writable({ write: (_piece, _encoding, done) => done() });
}

/** MB per second of the clock, as ours are, by the machine's own OpenSSL. */
async function opensslSpeed(): Promise<number> {
  const options = ['speed', '-mr', '-elapsed', '-evp', 'aes-256-gcm', '-bytes', '16384', '-seconds', '1'];
  const { stdout } = await promisify(execFile)('openssl', options);
  const bytesPerSecond = /^\+F:\d+:[^:]+:([\d.]+)/m.exec(stdout)?.[1];
  if (bytesPerSecond === undefined) throw new Error(`openssl speed says nothing that can be read:\n${stdout}`);
  return Number(bytesPerSecond) / 1e6;
}

const mebibyte = 1024 * 1024;
const piece = randomBytes(256 * 1024);
